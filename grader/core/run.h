/*
 * Running the registered checks with cmocka (host side, all labs).
 */
#ifndef RINGLET_RUN_H
#define RINGLET_RUN_H

#include "result.h"

/*
 * Gathers the registered checks into grading->results, ordered; only the one named `only` when that is not NULL. False
 * with a sentence in *error: no such check (it names the closest), or the tables are wrong.
 */
bool run_gather(struct grading *grading, const char *only, char **error);

/* Called after each check, with its result complete: reports are written then. */
typedef void run_listener(const struct grading *grading, const struct result *result);

/* Runs them all. `scratch`: a folder for cmocka's own record. */
void run_checks(struct grading *grading, const char *scratch, run_listener *listener);

double seconds_now(void);

#endif
