/*
 * Running the registered checks with cmocka (host side, all labs).
 */
#ifndef RINGLET_RUN_H
#define RINGLET_RUN_H

#include "result.h"

/*
 * Gathers the registered checks into grading->results, ordered; when `only` is not NULL, the check of that name, or those
 * of the exercise with that number, or those with it in their names. False with a sentence in *error: no such check (it
 * names the nearest), or the tables are wrong.
 */
bool run_gather(struct grading *grading, const char *only, char **error);

/* Called after each check, with its result complete: reports are written then. */
typedef void run_listener(const struct grading *grading, const struct result *result);

/*
 * Runs them all. `scratch`: a folder for cmocka's own record.
 * Returns when every check has a result. grading->seconds goes on from where it stood.
 */
void run_checks(struct grading *grading, const char *scratch, run_listener *listener);

/* Wall clock in seconds since some fixed moment. */
double seconds_now(void);

#endif
