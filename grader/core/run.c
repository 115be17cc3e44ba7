/*
 * Gathering and running checks (host side, all labs). Each check is one cmocka test; its name, order and prerequisites
 * come from the tables. Invariant: when a check starts, every check it requires has a verdict, and after each check
 * its result is complete, whatever way cmocka left it.
 */
#define _GNU_SOURCE
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "outcome.h"
#include "scratch.h"
#include "stops.h"
#include "system_private.h"
#include "unit_private.h"

extern const struct check_table *const __start_check_tables[], *const __stop_check_tables[];

/* cmocka's test functions get one pointer, which is their result; what they share is here. */
static struct grading *grading_now;
static run_listener *listener_now;
static double start; /* so that grading->seconds goes on from the time of the build */

/* Wall clock that no one can set back. */
double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/* Results are pointed at only after the last one was added (run_checks): the array moves as it grows. */
static void results_add(struct grading *grading, const struct check *check)
{
    grading->results = memory_resize(grading->results, (grading->count + 1) * sizeof(struct result));
    grading->results[grading->count++] = (struct result){ .check = check };
}

/* By exercise; within one, the order in which they were found (number). */
static int result_order(const void *left, const void *right)
{
    const struct result *a = left, *b = right;
    int order = strverscmp(a->check->exercise, b->check->exercise);

    return order ? order : (int)a->number - (int)b->number;
}

/* Numbers are what students see: 1 to n, in the final order. */
static void results_number(struct grading *grading)
{
    for (size_t i = 0; i < grading->count; i++)
        grading->results[i].number = (unsigned)i + 1;
}

/* The first of the name; result_mistake makes sure that there is one only. */
static const struct result *result_find(const struct grading *grading, const char *name)
{
    for (size_t i = 0; i < grading->count; i++)
        if (strcmp(grading->results[i].check->name, name) == 0)
            return &grading->results[i];
    return NULL;
}

/* A mistake in the tables is found at every start, not when a student meets it. */
static char *result_mistake(const struct grading *grading, const struct result *result)
{
    const struct check *check = result->check;

    if (result_find(grading, check->name) != result)
        return text_format("two checks are called %s; give one another name", check->name);
    for (int i = 0; i < CHECK_REQUIRES_MAX && check->requires[i]; i++) {
        const struct result *other = result_find(grading, check->requires[i]);
        if (!other || other >= result)
            return text_format("check %s requires %s, which does not stand before it", check->name, check->requires[i]);
    }
    return NULL;
}

#define NEAREST_MAX 4 /* names in the message about an unknown one */

/* Letters to be changed, added or left away to make `left` of `right` (Levenshtein). */
static unsigned name_distance(const char *left, const char *right)
{
    enum { LENGTH_MAX = 64 };
    unsigned row[LENGTH_MAX + 1], length = (unsigned)strnlen(right, LENGTH_MAX);

    for (unsigned i = 0; i <= length; i++)
        row[i] = i;
    for (unsigned i = 0; left[i]; i++) {
        unsigned corner = row[0];
        row[0] = i + 1;
        for (unsigned k = 0; k < length; k++) {
            unsigned best = corner + (left[i] != right[k]);
            corner = row[k + 1];
            best = row[k] + 1 < best ? row[k] + 1 : best;
            row[k + 1] = corner + 1 < best ? corner + 1 : best;
        }
    }
    return row[length];
}

/* The nearest of the names that were not taken yet; takes it. */
static const char *nearest_take(const struct grading *grading, const char *word, bool taken[])
{
    unsigned least = UINT32_MAX;
    size_t best = 0;

    for (size_t i = 0; i < grading->count; i++) {
        unsigned distance = name_distance(word, grading->results[i].check->name);
        if (taken[i] || distance >= least)
            continue;
        least = distance;
        best = i;
    }
    taken[best] = true;
    return grading->results[best].check->name;
}

/* "a, b, c", for the message about an unknown one; to be freed. */
static char *names_near(const struct grading *grading, const char *word)
{
    bool *taken = memory_resize(NULL, grading->count * sizeof(*taken));
    char *list = text_format("%s", "");

    memset(taken, 0, grading->count * sizeof(*taken));
    for (size_t i = 0; i < NEAREST_MAX && i < grading->count; i++) {
        char *longer = text_format("%s%s%s", list, i ? ", " : "", nearest_take(grading, word, taken));
        free(list);
        list = longer;
    }
    free(taken);
    return list;
}

/* A check's name or an exercise's number; when no check has such a one (`exact` is false), a part of names. */
static bool is_meant(const struct check *check, const char *word, bool exact)
{
    return strcmp(check->name, word) == 0 || strcmp(check->exercise, word) == 0 ||
           (!exact && strstr(check->name, word) != NULL);
}

static bool is_exact(const struct grading *grading, const char *word)
{
    for (size_t i = 0; i < grading->count; i++)
        if (is_meant(grading->results[i].check, word, true))
            return true;
    return false;
}

/* The check called `word`, the checks of the exercise with this number, or else those that have it in their names. */
static bool only_keep(struct grading *grading, const char *word, char **error)
{
    bool exact = is_exact(grading, word);
    size_t kept = 0;

    for (size_t i = 0; i < grading->count; i++) {
        struct result result = grading->results[i];
        if (is_meant(result.check, word, exact))
            grading->results[kept++] = result;
    }
    if (!kept) {
        char *list = names_near(grading, word);
        *error = text_format("lab %u has no check called %s; the nearest are %s, and T=%s takes all checks of an "
                             "exercise", lab.number, word, list, lab.exercises->number);
        free(list);
        return false;
    }
    grading->count = kept;
    grading->is_partial = true;
    return true;
}

bool run_gather(struct grading *grading, const char *only, char **error)
{
    for (const struct check_table *const *table = __start_check_tables; table < __stop_check_tables; table++)
        for (size_t i = 0; i < (*table)->count; i++)
            results_add(grading, &(*table)->checks[i]);
    results_number(grading);
    qsort(grading->results, grading->count, sizeof(struct result), result_order);
    results_number(grading);
    for (size_t i = 0; i < grading->count; i++)
        if ((*error = result_mistake(grading, &grading->results[i])))
            return false;
    return !only || only_keep(grading, only, error);
}

/* Alone (T=), a check runs whatever its prerequisites would have said. */
static void prerequisites_check(const struct check *check)
{
    for (int i = 0; i < CHECK_REQUIRES_MAX && check->requires[i]; i++) {
        const struct result *other = result_find(grading_now, check->requires[i]);
        if (other && other->status != RESULT_PASSED)
            outcome_skip_after(other);
    }
}

/* Leaves by longjmp when anything is not as expected: the last line is reached by a check that passed. */
static void check_test(void **state)
{
    struct result *result = *state;

    outcome_begin(result, grading_now->seed);
    if (grading_now->build_errors[result->check->kind])
        outcome_fail_build(grading_now->build_errors[result->check->kind]);
    prerequisites_check(result->check);
    result->status = RESULT_ERROR; /* until it says otherwise */
    result->check->run();
    result->status = RESULT_PASSED;
}

/* What a check that passed noted on its way is of no use to anybody. */
static void notes_drop(struct result *result)
{
    char **const notes[] = { &result->case_text, &result->where, &result->stack, &result->log };

    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        free(*notes[i]);
        *notes[i] = NULL;
    }
}

/* cmocka calls this after every test, whichever way it ended: the place where results become public. */
static int check_teardown(void **state)
{
    struct result *result = *state;

    unit_end();
    stop_write(result);
    system_end_check();
    if (result->status == RESULT_PASSED)
        notes_drop(result);
    if (result->status == RESULT_ERROR && !result->reason)
        outcome_set(&result->reason, "check %s broke down in the grader itself", result->check->name);
    grading_now->seconds = seconds_now() - start;
    listener_now(grading_now, result);
    return 0;
}

/* One group: cmocka runs all tests of it, whatever the ones before came to. */
void run_checks(struct grading *grading, const char *scratch, run_listener *listener)
{
    struct CMUnitTest *tests = memory_resize(NULL, (grading->count + 1) * sizeof(*tests));
    char *record = text_format("%s/cmocka.xml", scratch);

    for (size_t i = 0; i < grading->count; i++)
        tests[i] = (struct CMUnitTest){ grading->results[i].check->name, check_test, NULL, check_teardown,
                                        &grading->results[i] };
    /* cmocka's own report goes to the scratch folder: ours is made from the results. */
    setenv("CMOCKA_XML_FILE", record, 1);
    unsetenv("CMOCKA_MESSAGE_OUTPUT");
    cmocka_set_message_output(CM_OUTPUT_XML);
    grading_now = grading;
    listener_now = listener;
    start = seconds_now() - grading->seconds;
    _cmocka_run_group_tests(lab.folder, tests, grading->count, NULL, NULL);
    free(record);
    free(tests);
}
