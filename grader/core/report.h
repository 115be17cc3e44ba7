/*
 * Making a person's words of what programs left behind: sanitizer reports, signals, compiler output (host side, all
 * labs; pure text in, fresh text out).
 */
#ifndef RINGLET_REPORT_H
#define RINGLET_REPORT_H

#include <stddef.h>

/*
 * One sentence about how an executor ended: `status` from waitpid, `log` what it printed.
 * What the log says comes before what the signal says: a sanitizer ends its program by itself.
 */
char *report_death(const char *log, int status);

/* The stack of a sanitizer report, "function at file.c:12" a line, innermost first; "" when there is none. */
char *report_stack(const char *log);

/* The first error of compiler or linker output, its folders cut off; the last line when none looks like one. */
char *report_compile(const char *log);

/* Takes the names of folders below `scratch` out of a text, in place: they differ from run to run. */
void report_scrub(char *text, const char *scratch);

/*
 * Size of the first `lines` lines of a text; where the last ones begin.
 * For texts that are shown in part: neither copies.
 */
size_t report_head(const char *text, unsigned lines);
const char *report_tail(const char *text, unsigned lines);

#endif
