/*
 * check.h implemented on the result model (host side, all labs). Invariant: the first verdict stands; each of these
 * functions either returns with nothing decided or leaves through cmocka with the result filled in.
 */
#define _GNU_SOURCE
#include "outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

static struct result *current; /* of the check that runs; valid from outcome_begin() to the next one */
static uint64_t random_state;  /* of check_random(); set anew for each check */

/*
 * FNV-1a: the check's name, so that its numbers do not depend on which other checks run.
 * Constants are those of the 64-bit FNV-1a.
 */
static uint64_t name_hash(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

/* `result` stays the caller's and must live until the next one begins. */
void outcome_begin(struct result *result, uint64_t seed)
{
    current = result;
    random_state = seed ^ name_hash(result->check->name);
}

/* For those who add notes to the card of the check that runs. */
struct result *outcome_result(void)
{
    return current;
}

/*
 * The text may be made from the very one it replaces, so the old one goes last.
 * What a student's program printed may be among the values: text_clean makes it printable and bounded.
 */
static void set_list(char **place, const char *format, va_list values)
{
    char *raw = NULL;

    if (vasprintf(&raw, format, values) < 0)
        raw = NULL;
    free(*place);
    *place = text_clean(raw ? raw : "");
    free(raw);
}

void outcome_set(char **place, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    set_list(place, format, values);
    va_end(values);
}

void check_case(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    set_list(&current->case_text, format, values);
    va_end(values);
}

void check_where(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    set_list(&current->where, format, values);
    va_end(values);
}

/*
 * cmocka leaves the test function here.
 * abort is never reached: it tells the compiler that fail() does not return.
 */
static void __attribute__((noreturn)) leave_failed(void)
{
    current->status = RESULT_FAILED;
    fail();
    abort();
}

void check_fail(const char *expected, const char *observed, ...)
{
    va_list values;

    va_start(values, observed);
    set_list(&current->observed, observed, values);
    va_end(values);
    outcome_set(&current->expected, "%s", expected);
    leave_failed();
}

/* The values are looked at only when the fact does not hold. */
void check_fact(bool fact, const char *expected, const char *observed, ...)
{
    va_list values;

    if (fact)
        return;
    va_start(values, observed);
    set_list(&current->observed, observed, values);
    va_end(values);
    outcome_set(&current->expected, "%s", expected);
    leave_failed();
}

/* Small numbers are counts and read best in decimal, large ones are addresses and bit patterns. */
static void number_set(char **place, const char *what, uint64_t number)
{
    if (number < 10)
        outcome_set(place, "%s: %llu", what, (unsigned long long)number);
    else if (number < 100000)
        outcome_set(place, "%s: %#llx (%llu)", what, (unsigned long long)number, (unsigned long long)number);
    else
        outcome_set(place, "%s: %#llx", what, (unsigned long long)number);
}

void check_equal(const char *what, uint64_t expected, uint64_t observed)
{
    if (expected == observed)
        return;
    number_set(&current->expected, what, expected);
    number_set(&current->observed, what, observed);
    leave_failed();
}

/* Sixteen bytes around the first difference. */
static void bytes_set(char **place, const char *what, const uint8_t *bytes, size_t from, size_t size)
{
    char text[3 * 16 + 1];
    size_t shown = size - from < 16 ? size - from : 16;

    for (size_t i = 0; i < shown; i++)
        sprintf(text + 3 * i, "%02x ", bytes[from + i]);
    outcome_set(place, "%s, from byte %zu: %s", what, from, text);
}

/* `what` names the bytes; both texts start at the same offset, so that a person can compare them by eye. */
void check_bytes(const char *what, const void *expected, const void *observed, size_t size)
{
    const uint8_t *left = expected, *right = observed;
    size_t at = 0;

    while (at < size && left[at] == right[at])
        at++;
    if (at == size)
        return;
    bytes_set(&current->expected, what, left, at, size);
    bytes_set(&current->observed, what, right, at, size);
    leave_failed();
}

void check_text(const char *what, const char *expected, const char *observed)
{
    if (strcmp(expected, observed) == 0)
        return;
    outcome_set(&current->expected, "%s: \"%s\"", what, expected);
    outcome_set(&current->observed, "%s: \"%s\"", what, observed);
    leave_failed();
}

/* RESULT_ERROR: no points, but no word against the student either. */
void check_trouble(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    set_list(&current->reason, format, values);
    va_end(values);
    current->status = RESULT_ERROR;
    fail();
    abort();
}

/* is_bare: a card without causes, place and gdb, for there is nothing to debug yet. */
void outcome_fail_build(const char *message)
{
    current->is_bare = true;
    check_fail("your files compile", "%s", message);
}

/*
 * An exercise that others need is skipped there, not failed: one missing function is one failure.
 * A later exercise is no mistake of this one: it waits, and nothing of what is written is to be mended.
 */
static void __attribute__((noreturn)) skip_unfinished(const char *number)
{
    int order = strverscmp(number, current->check->exercise);

    if (order == 0)
        outcome_skip("exercise %.8s is not written yet", number);
    outcome_skip("it %sneeds exercise %.8s, which is not written yet", order > 0 ? "also " : "", number);
}

void outcome_skip_after(const struct result *other)
{
    if (*other->unfinished) {
        memcpy(current->unfinished, other->unfinished, sizeof(current->unfinished));
        skip_unfinished(current->unfinished);
    }
    if (other->status == RESULT_SKIPPED)
        outcome_skip("%s", other->reason);
    outcome_skip("it needs what %s looks at (exercise %s), which has not passed; mend that first",
                 other->check->name, other->check->exercise);
}

void outcome_unfinished(const char *number)
{
    snprintf(current->unfinished, sizeof(current->unfinished), "%s", number);
    if (strcmp(number, current->check->exercise) != 0)
        skip_unfinished(number);
    current->is_bare = true;
    check_fail("the exercise is written", "exercise %s is not written yet", current->check->exercise);
}

void outcome_skip(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    set_list(&current->reason, format, values);
    va_end(values);
    current->status = RESULT_SKIPPED;
    skip();
    abort();
}

/* SplitMix64: any seed will do, and a check in another language could repeat it in four lines. */
uint32_t check_random(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(z ^ (z >> 31));
}

/* Multiply and shift: no division, and the bias is below limit / 2^32. */
uint32_t check_below(uint32_t limit)
{
    return (uint32_t)((uint64_t)check_random() * limit >> 32);
}
