/*
 * Reports from the one result model (host side, all labs). All but the terminal's are made as a whole and put in place
 * by rename, after every check, so that a grading that is killed leaves valid reports of what was earned. The same
 * results give the same bytes, but for execution_time (JSON, Gradescope, Classroom) and time (JUnit).
 */
#ifndef RINGLET_EMIT_H
#define RINGLET_EMIT_H

#include "result.h"

/* The order is that of the letters that grade.c reads. */
enum emit_format { EMIT_JSON, EMIT_GRADESCOPE, EMIT_CLASSROOM, EMIT_JUNIT, EMIT_CSV, EMIT_FORMATS };

/*
 * The caller frees it. None fails: without memory the process ends.
 * Each returns the whole report as fresh text.
 */
char *emit_json(const struct grading *grading);       /* everything; Gradescope's names where it has one */
char *emit_gradescope(const struct grading *grading); /* results.json: hidden checks hidden as far as they should be */
char *emit_classroom(const struct grading *grading);  /* what autograding-grading-reporter reads, before base64 */
char *emit_junit(const struct grading *grading);    /* for forges: one testsuite, one testcase a check */
char *emit_csv(const struct grading *grading);  /* for spreadsheets: one row a check */

/* Makes sure that `path` can be written later, without touching what is there. False with a sentence in *error. */
bool emit_check(const char *path, char **error);

/* Writes all reports that were asked for: paths[format], NULL or "" for none. False with a sentence in *error. */
bool emit_files(const struct grading *grading, const char *const paths[EMIT_FORMATS], char **error);

/* One clear sentence for a submission that does not compile; NULL for one that does. To be freed. */
char *emit_build_sentence(const struct grading *grading);

/*
 * Terminal: first whether it compiles; then one line for each check, its card when it failed, and one line for those
 * next to each other that say the same; at the end a score for each exercise and the total.
 */
void emit_terminal_begin(const struct grading *grading);
void emit_terminal_check(const struct grading *grading, const struct result *result);
void emit_terminal_end(const struct grading *grading);

#endif
