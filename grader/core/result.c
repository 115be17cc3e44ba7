/*
 * The result model: scores, names, and the failure card that all emitters show (host side, all labs; see result.h).
 */
#define _GNU_SOURCE
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#define TEXT_MAX 6000 /* of one text on a card: more helps nobody, and a report must not grow with a student's output */

/* All or nothing: half a check would need half an invariant. */
unsigned result_score(const struct result *result)
{
    return result->status == RESULT_PASSED ? result->check->points : 0;
}

static bool belongs(const struct result *result, const char *exercise)  /* NULL: all exercises */
{
    return !exercise || strcmp(result->check->exercise, exercise) == 0;
}

unsigned grading_score(const struct grading *grading, const char *exercise)
{
    unsigned sum = 0;

    for (size_t i = 0; i < grading->count; i++)
        if (belongs(&grading->results[i], exercise))
            sum += result_score(&grading->results[i]);
    return sum;
}

unsigned grading_maximum(const struct grading *grading, const char *exercise)
{
    unsigned sum = 0;

    for (size_t i = 0; i < grading->count; i++)
        if (belongs(&grading->results[i], exercise))
            sum += grading->results[i].check->points;
    return sum;
}

size_t grading_count(const struct grading *grading, enum result_status status)
{
    size_t count = 0;

    for (size_t i = 0; i < grading->count; i++)
        count += grading->results[i].status == status;
    return count;
}

const char *result_status_name(enum result_status status)
{
    static const char *const names[] = { "not run", "passed", "failed", "skipped", "error" };

    return names[status];
}

/* To be freed. "1.3" is #exercise-1-3 in lab 1. */
char *result_handout(const struct result *result)
{
    const struct check *check = result->check;
    const char *dot = strchr(check->exercise, '.');

    if (check->handout)
        return text_format("handouts/%s.html#%s", lab.folder, check->handout);
    return text_format("handouts/%s.html#exercise-%u-%s", lab.folder, lab.number, dot ? dot + 1 : check->exercise);
}

/* At most four bytes, which is what text_clean reserves for each. */
static size_t clean_one(char *out, unsigned char c)
{
    if (c == '\n' || (c >= ' ' && c < 0x7f)) {
        *out = (char)c;
        return 1;
    }
    if (c == '\r')
        return 0;
    return (size_t)sprintf(out, c == '\t' ? "    " : "\\x%02x", c);
}

/*
 * Escape sequences in a student's output could rewrite the terminal or a log viewer; none gets through. The middle of
 * a long text is cut out: causes stand at the beginning, ends at the end. To be freed.
 */
char *text_clean(const char *text)
{
    size_t length = strlen(text), skip_from = length, skip_to = length, used = 0;

    if (length > TEXT_MAX) {
        skip_from = TEXT_MAX / 2;
        skip_to = length - TEXT_MAX / 2;
    }
    char *clean = memory_resize(NULL, 4 * (length < TEXT_MAX ? length : TEXT_MAX) + 16);
    for (size_t i = 0; i < length; i++) {
        if (i == skip_from) {
            used += (size_t)sprintf(clean + used, "\n[...]\n");
            i = skip_to;
        }
        used += clean_one(clean + used, (unsigned char)text[i]);
    }
    clean[used] = 0;
    return clean;
}

/* One line "word: text", further lines of the text indented below it. */
static void card_line(FILE *card, const char *word, const char *text)
{
    if (!text || !*text)
        return;
    fprintf(card, "%-11s", word);
    for (const char *c = text; *c; c++) {
        fputc(*c, card);
        if (*c == '\n' && c[1])
            fputs("           ", card);
    }
    if (text[strlen(text) - 1] != '\n')
        fputc('\n', card);
}

static void card_causes(FILE *card, const struct check *check)
{
    for (int i = 0; i < CHECK_CAUSES_MAX && check->causes[i]; i++)
        card_line(card, i ? "" : "causes:", check->causes[i]);
}

/* What to do next: a place to read, a command to type. */
static void card_pointers(FILE *card, const struct result *result)
{
    char *handout = result_handout(result);
    char *command = text_format("make gdb LAB=%u T=%s", lab.number, result->check->name);

    card_line(card, "handout:", handout);
    if (!result->is_bare)
        card_line(card, "gdb:", command);
    free(handout);
    free(command);
}

/* In the order in which a person asks: what was tried, what should be, what was, where, why. */
static void card_failure(FILE *card, const struct result *result)
{
    if (!result->is_bare)
        card_line(card, "case:", result->case_text);
    card_line(card, "expected:", result->expected);
    card_line(card, "observed:", result->observed);
    if (result->is_bare)
        return;
    card_line(card, "where:", result->where ? result->where : result->check->where);
    card_line(card, "stack:", result->stack);
    card_line(card, "log:", result->log);
    card_causes(card, result->check);
}

/* "" for a check that passed or has not run. To be freed. */
char *result_card(const struct result *result, bool is_public)
{
    char *text = NULL;
    size_t size;
    FILE *card = open_memstream(&text, &size);

    if (!card)
        return text_format("%s", "");
    if (result->status != RESULT_PASSED && result->status != RESULT_NOT_RUN) {
        card_line(card, "invariant:", result->check->invariant);
        card_line(card, "reason:", result->reason);
        if (result->check->is_hidden && is_public)
            card_line(card, "hidden:", "what was tried is not shown");
        else if (result->status == RESULT_FAILED)
            card_failure(card, result);
        if (result->status == RESULT_FAILED)
            card_pointers(card, result);
    }
    fclose(card);
    return text;
}
