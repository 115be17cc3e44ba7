/*
 * make mutants (host side, all labs): known-wrong solutions against all checks of a lab. A mutant is a patch
 * against the reference solution, in the lab's folder mutants/; the file `table` there says which checks must fail
 * because of it. mutants_table.c reads that, mutants_run.c grades, mutants_report.c compares and prints, mutants.c has
 * main().
 */
#ifndef RINGLET_MUTANTS_H
#define RINGLET_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.h"

#define INTENDED_MAX 4
#define CHECKS_MAX   128

struct mutant {
    char *name, *exercise;
    char *intended[INTENDED_MAX]; /* checks that must fail; NULL behind the last */
    char *why;                    /* what is wrong with it */
    char *patch;                  /* file */
};

struct mutant_table {
    struct mutant *mutants;
    size_t count;
    unsigned baseline; /* points of the skeleton */
};

/* What came of grading one submission; lies in memory that several processes share. */
struct verdict {
    bool is_done;
    unsigned score;
    uint8_t status[CHECKS_MAX]; /* enum result_status, in the order of the checks */
    char error[400];            /* why there is no verdict, "" when there is one */
};

/* All gradings of one call: mutants in the table's order, then the solution and the skeleton. */
struct verdicts {
    struct verdict *all;
    struct verdict *solution, *skeleton; /* in all[] */
};

/* Reads the table and finds its patches. False with a sentence in *error that names what is wrong with it. */
bool table_read(struct mutant_table *table, const char *folder, const struct grading *checks, char **error);

/* Index of a check by name; checks->count when there is none. */
size_t check_find(const struct grading *checks, const char *name);

/* Grades everything, `workers` at a time. `build`: folder with the guests. False with a sentence in *error. */
bool verdicts_make(struct verdicts *verdicts, const struct mutant_table *table, const char *build, unsigned workers,
                   char **error);

/* The matrix on standard output. */
void matrix_print(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts);

/* Everything that is not as declared, one sentence each on standard error; returns how many. */
unsigned matrix_verify(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts);

/* The same as JSON, fresh text. `hostile`: file with a JSON array about hostile submissions, or NULL. */
char *matrix_json(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts,
                  const char *hostile);

#endif
