/*
 * What the engine knows of unit.c beyond unit.h. Not for checks.
 */
#ifndef RINGLET_UNIT_PRIVATE_H
#define RINGLET_UNIT_PRIVATE_H

/* Where the executor of this submission is, and a folder for its logs; or why it did not build (one text, kept). */
void unit_prepare(const char *executor, const char *scratch, const char *build_error);

/*
 * The check is over: its executor, if it had one, ends.
 * Called whether or not the check has used one.
 */
void unit_end(void);

#endif
