/*
 * The report on the terminal (host side, all labs; see emit.h). Colour only on a terminal.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit.h"

static const char *colour(enum result_status status)
{
    static const char *const codes[] = { "\033[33m", "\033[32m", "\033[31m", "\033[33m", "\033[35m" };

    return isatty(STDOUT_FILENO) ? codes[status] : "";
}

static const char *colour_end(void)
{
    return isatty(STDOUT_FILENO) ? "\033[0m" : "";
}

static void card_print(const struct result *result)
{
    char *card = result_card(result, true), *rest = card, *line;

    while ((line = strsep(&rest, "\n")) && rest)
        printf("      %s\n", line);
    free(card);
}

/* Skipped checks need one line: the card that matters is that of the check they wait for. */
void emit_terminal_check(const struct grading *grading, const struct result *result)
{
    const struct check *check = result->check;

    printf("%s%-8s%s %s  %-36s %2u/%u\n", colour(result->status), result_status_name(result->status), colour_end(),
           check->exercise, check->name, result_score(result), check->points);
    if (result->status == RESULT_SKIPPED)
        printf("      %s\n", result->reason);
    else if (result->status == RESULT_PASSED && grading->is_partial)
        printf("      %s\n", check->invariant);
    else
        card_print(result);
    fflush(stdout);
}

void emit_terminal_end(const struct grading *grading)
{
    printf("\n");
    for (const struct exercise *exercise = lab.exercises; exercise->number; exercise++)
        if (grading_maximum(grading, exercise->number))
            printf("exercise %s  %-40s %3u/%u\n", exercise->number, exercise->title,
                   grading_score(grading, exercise->number), grading_maximum(grading, exercise->number));
    printf("%-54s %3u/%u\n", grading->is_partial ? "these checks" : "total", grading_score(grading, NULL),
           grading_maximum(grading, NULL));
    printf("seed %llu, %.1f s\n", (unsigned long long)grading->seed, grading->seconds);
}
