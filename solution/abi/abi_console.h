/*
 * console_io (public interface): the console before there are rings. Arguments: CONSOLE_*, number of bytes, guest
 * address of them. Numbers of Xen's xen.h.
 */
#ifndef RINGLET_ABI_CONSOLE_H
#define RINGLET_ABI_CONSOLE_H

#define CONSOLE_WRITE 0 /* returns 0 */
#define CONSOLE_READ  1 /* returns how many were typed, at once; 0: none */

#endif
