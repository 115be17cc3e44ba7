/*
 * The result model (host side, all labs): what is known about a check after it ran. run.c and outcome.c fill it, the
 * emitters read it, and nothing else stores results. All texts are printable UTF-8 without control characters but
 * newline (text_clean), because most of them come from a student's program.
 */
#ifndef RINGLET_RESULT_H
#define RINGLET_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"

enum result_status {
    RESULT_NOT_RUN, /* the grading was ended before its turn came */
    RESULT_PASSED,
    RESULT_FAILED,
    RESULT_SKIPPED, /* a check it requires did not pass; `reason` says which */
    RESULT_ERROR,   /* the grader could not decide; `reason` says why */
};

/* Owned texts; they live until the grading ends. */
struct result {
    const struct check *check;  /* what it is about, from the tables */
    unsigned number; /* 1.. in the order they run */
    enum result_status status;
    bool is_bare;    /* nothing was tried (it does not compile, or is not written): expected and observed say all */
    char unfinished[9]; /* the exercise that is not written and was needed, "1.4"; else "" */
    char *reason;    /* of RESULT_SKIPPED and RESULT_ERROR, one sentence; else NULL, as all texts below may be */
    char *case_text; /* what was tried */
    char *expected, *observed;
    char *where;     /* the student's file and function */
    char *stack;     /* symbolised stack, registers or decoded triple fault */
    char *log;       /* last lines of the executor's or the machine's output */
};

/* One grading of one submission. */
struct grading {
    const char *submission; /* as given */
    uint64_t seed;
    bool is_partial;        /* T=: some checks only */
    const char *build_errors[2]; /* by enum check_kind: why what these checks look at did not compile, or NULL */
    struct result *results;
    size_t count;
    double seconds;         /* wall clock so far: the only thing that differs between repeated gradings */
};

/* Points earned by one result, by an exercise (NULL: all), and what could be earned. */
unsigned result_score(const struct result *result);
unsigned grading_score(const struct grading *grading, const char *exercise);
unsigned grading_maximum(const struct grading *grading, const char *exercise);

/* How many results have that status now; those not run yet are counted too. */
size_t grading_count(const struct grading *grading, enum result_status status);

/* "passed", "failed", "skipped", "error", "not run". */
const char *result_status_name(enum result_status status);

/* "handouts/lab1-boot.html#exercise-1-3", to be freed. */
char *result_handout(const struct result *result);

/*
 * The card as plain text, several lines, to be freed; "" for a passed check. For a hidden check only what students may
 * know, when `is_public`.
 */
char *result_card(const struct result *result, bool is_public);

/* A copy that is printable: other bytes become \xNN, long texts lose their middle. Frees nothing. */
char *text_clean(const char *text);

#endif
