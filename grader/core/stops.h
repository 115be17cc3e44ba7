/*
 * Where the debugger stops for a failed check (host side, all labs): one file of GDB commands for each, read by
 * `make gdb T=name` (format: section 5 of handouts/gdb.html).
 */
#ifndef RINGLET_STOPS_H
#define RINGLET_STOPS_H

#include "result.h"

/* Files go to `folder`/grade; NULL: none are written, because the submission is not the folder that make gdb runs. */
void stops_prepare(const char *folder);

/* After a check, while its run is still there: writes its file when it failed, takes an old one away when it passed. */
void stop_write(const struct result *result);

#endif
