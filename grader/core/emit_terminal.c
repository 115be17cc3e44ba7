/*
 * The report on the terminal (host side, all labs; see emit.h). Colour only on a terminal. Invariant: a result that has
 * been taken is either printed or in `waiting`, and all that wait are of one exercise and say the same.
 * Students read this one: it shows the public cards, even at the instructor's own terminal.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit.h"

#define WIDTH 110 /* of a line of names */

static const struct result *waiting[256];
static size_t waiting_count;

/* By enum result_status: yellow, green, red, yellow, magenta. Files and pipes get no escape sequences. */
static const char *colour(enum result_status status)
{
    static const char *const codes[] = { "\033[33m", "\033[32m", "\033[31m", "\033[33m", "\033[35m" };

    return isatty(STDOUT_FILENO) ? codes[status] : "";
}

static const char *colour_end(void)
{
    return isatty(STDOUT_FILENO) ? "\033[0m" : "";
}

/* A card ends with a newline, so the empty rest after it is not printed. */
static void card_print(const struct result *result)
{
    char *card = result_card(result, true), *rest = card, *line;

    while ((line = strsep(&rest, "\n")) && rest)
        printf("      %s\n", line);
    free(card);
}

static void line_print(const struct result *result, const char *what, unsigned score, unsigned maximum)
{
    printf("%s%-8s%s %s  %-36s %2u/%u\n", colour(result->status), result_status_name(result->status), colour_end(),
           result->check->exercise, what, score, maximum);
}

/* The sentence that is all there is to say of a result; NULL for one that passed or has a card worth reading. */
static const char *sentence(const struct result *result)
{
    if (result->status == RESULT_SKIPPED)
        return result->reason;
    if (result->status == RESULT_FAILED && *result->unfinished)
        return result->observed;
    return NULL;
}

static void names_print(void)
{
    int column = printf("     ");

    for (size_t i = 0; i < waiting_count; i++) {
        const char *name = waiting[i]->check->name;
        if (column + (int)strlen(name) + 2 > WIDTH)
            column = printf("\n     ");
        column += printf(" %s%s", name, i + 1 < waiting_count ? "," : "");
    }
    printf("\n");
}

/* Prints what waits: one check as itself, several as one line with their names below it. */
static void waiting_flush(void)
{
    unsigned maximum = 0;
    char count[40];

    if (!waiting_count)
        return;
    for (size_t i = 0; i < waiting_count; i++)
        maximum += waiting[i]->check->points;
    snprintf(count, sizeof(count), "%zu checks", waiting_count);
    line_print(waiting[0], waiting_count == 1 ? waiting[0]->check->name : count, 0, maximum);
    printf("      %s\n", sentence(waiting[0]));
    if (waiting_count > 1)
        names_print();
    waiting_count = 0;
}

/* The first check of an exercise that is not written has failed, those that need it were skipped: that is one thing. */
static bool is_same(const struct result *result, const char *text)
{
    return waiting_count > 0 && waiting_count < sizeof(waiting) / sizeof(waiting[0]) &&
           strcmp(waiting[0]->check->exercise, result->check->exercise) == 0 &&
           strcmp(sentence(waiting[0]), text) == 0;
}

void emit_terminal_begin(const struct grading *grading)
{
    char *broken = emit_build_sentence(grading);

    if (broken)
        printf("%s%s.%s\n", colour(RESULT_FAILED), broken, colour_end());
    fflush(stdout);
    free(broken);
}

void emit_terminal_check(const struct grading *grading, const struct result *result)
{
    const struct check *check = result->check;
    const char *text = sentence(result);

    if (result->status == RESULT_FAILED && grading->build_errors[check->kind])
        return; /* said at the top, once */
    if (!text || !is_same(result, text))
        waiting_flush();
    if (text) {
        waiting[waiting_count++] = result;
        return;
    }
    line_print(result, check->name, result_score(result), check->points);
    if (result->status == RESULT_PASSED && grading->is_partial)
        printf("      %s\n", check->invariant);
    else
        card_print(result);
    fflush(stdout);
}

/* Exercises without any check in this run are left out: 0/0 says nothing. */
void emit_terminal_end(const struct grading *grading)
{
    waiting_flush();
    printf("\n");
    for (const struct exercise *exercise = lab.exercises; exercise->number; exercise++)
        if (grading_maximum(grading, exercise->number))
            printf("exercise %s  %-40s %3u/%u\n", exercise->number, exercise->title,
                   grading_score(grading, exercise->number), grading_maximum(grading, exercise->number));
    printf("%-54s %3u/%u\n", grading->is_partial ? "these checks" : "total", grading_score(grading, NULL),
           grading_maximum(grading, NULL));
    printf("seed %llu, %.1f s\n", (unsigned long long)grading->seed, grading->seconds);
}
