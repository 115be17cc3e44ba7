/*
 * What check code says while it runs, turned into its result (host side, all labs). check.h is the face for checks;
 * this one is for the engine.
 */
#ifndef RINGLET_OUTCOME_H
#define RINGLET_OUTCOME_H

#include "result.h"

/* From now on the functions of check.h speak about this result. */
void outcome_begin(struct result *result, uint64_t seed);

/* The result of the check that runs. */
struct result *outcome_result(void);

/*
 * Puts a text, cleaned, in place of an earlier one.
 * `place` is NULL or owned text.
 */
void outcome_set(char **place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Fails because the submission does not compile: that is all there is to say.
 * `message`: the compiler's first error.
 */
void outcome_fail_build(const char *message) __attribute__((noreturn));

/*
 * The skeleton's exercise `number` was reached before it was written. The check's own: it failed, and that is all there
 * is to say. Another one: the check is skipped. What the student's program says about it is believed, as it gains
 * nothing by it.
 */
void outcome_unfinished(const char *number) __attribute__((noreturn));

/* Skipped because `other`, which it requires, did not pass; says what lies at the bottom of it, not what is between. */
void outcome_skip_after(const struct result *other) __attribute__((noreturn));

/*
 * No points are given, and no word is said about the student's code.
 * Ends the check as skipped, with a sentence.
 */
void outcome_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
