/*
 * A fence around a program that nobody trusts (host side, all labs): which files it can open at all. Used for the
 * compiler, which reads what a submission tells it to (#include, .incbin), and for executors.
 */
#ifndef RINGLET_FENCE_H
#define RINGLET_FENCE_H

/*
 * From now on this process and those it starts open files below `readable` for reading, below `writable` in every way,
 * and list folders below `listed`; nothing else. Lists end with NULL; what does not exist is passed over. Where the
 * kernel has no Landlock (before 5.13, or switched off) nothing happens: what must not be read must then not be there,
 * as in the archives for students and for Gradescope.
 */
void fence_raise(const char *const *readable, const char *const *writable, const char *listed);

/* What every program needs of this machine: libraries, tools, the devices that hold nothing. */
extern const char *const fence_system[], *const fence_devices[];

#endif
