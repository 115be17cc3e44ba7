/*
 * make mutants LAB=N [JSON=file] (host side; see mutants.h): grades every mutant, the solution and the skeleton of a
 * lab, prints the kill matrix and compares it with what the lab's table declares. Exit status 0 only when it is so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutants.h"
#include "emit.h"
#include "run.h"
#include "sandbox.h"
#include "scratch.h"

static const char *build = "build", *json, *hostile;

static int complain(char *error)
{
    fprintf(stderr, "mutants: %s.\n", error);
    free(error);
    return 1;
}

static bool options_read(int count, char **words)
{
    int letter;

    while ((letter = getopt(count, words, "b:j:h:")) != -1) {
        const char **const places[] = { ['b'] = &build, ['j'] = &json, ['h'] = &hostile };
        if (letter == '?')
            return false;
        *places[letter] = *optarg ? optarg : NULL;
    }
    return optind == count;
}

static bool json_write(const char *text, char **error)
{
    char *fresh = text_format("%s.new", json);
    bool done = file_write(fresh, text) && rename(fresh, json) == 0;

    if (!done)
        *error = text_format("JSON=%s cannot be written: %s; name a file in a folder that is writable", json,
                             strerror(errno));
    if (!done)
        unlink(fresh);
    free(fresh);
    return done;
}

int main(int count, char **words)
{
    struct grading checks = { 0 };
    struct mutant_table table;
    struct verdicts verdicts;
    char *error = NULL;

    if (!options_read(count, words) || !build)
        return complain(text_format("unknown word; use `make mutants LAB=%u [JSON=file]`", lab.number));
    sandbox_hide();
    char *folder = text_format("grader/%s/mutants", lab.folder);
    if (!run_gather(&checks, NULL, &error) || !table_read(&table, folder, &checks, &error) ||
        (json && !emit_check(json, &error)) || !sandbox_works(&error))
        return complain(error);
    if (checks.count > CHECKS_MAX)
        return complain(text_format("lab %u has more than %d checks; raise CHECKS_MAX", lab.number, CHECKS_MAX));
    long workers = sysconf(_SC_NPROCESSORS_ONLN);
    if (!verdicts_make(&verdicts, &table, build, workers > 0 ? (unsigned)workers : 1, &error))
        return complain(error);
    matrix_print(&table, &checks, &verdicts);
    unsigned wrong = matrix_verify(&table, &checks, &verdicts);
    if (json && !json_write(matrix_json(&table, &checks, &verdicts, hostile), &error))
        return complain(error);
    printf("%zu mutants, %zu checks, solution %u, skeleton %u: %s\n", table.count, checks.count,
           verdicts.solution->score, verdicts.skeleton->score, wrong ? "not as declared" : "as declared");
    return wrong ? 1 : 0;
}
