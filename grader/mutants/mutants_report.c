/*
 * The kill matrix (host side; see mutants.h): printed, compared with what the table declares, and as JSON in the shape
 * that experience.md fixes. A check kills a mutant when it failed on it; a skipped check kills nothing.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "mutants.h"
#include "scratch.h"

static bool is_intended(const struct mutant *mutant, const char *check)
{
    for (size_t i = 0; mutant->intended[i]; i++)
        if (strcmp(mutant->intended[i], check) == 0)
            return true;
    return false;
}

static char cell(const struct mutant *mutant, const struct grading *checks, const struct verdict *verdict, size_t check)
{
    static const char letters[] = { '?', '.', 'x', '-', 'e' };
    uint8_t status = verdict->status[check];

    if (mutant && is_intended(mutant, checks->results[check].check->name))
        return status == RESULT_FAILED ? 'X' : '!';
    return letters[status];
}

static void row_print(const char *name, const char *exercise, const struct mutant *mutant, const struct grading *checks,
                      const struct verdict *verdict)
{
    printf("%-28.28s %-3s %3u  ", name, exercise, verdict->score);
    for (size_t i = 0; i < checks->count; i++)
        putchar(cell(mutant, checks, verdict, i));
    putchar('\n');
}

void matrix_print(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts)
{
    for (size_t i = 0; i < checks->count; i++)
        printf("%2zu %-3s %s\n", i + 1, checks->results[i].check->exercise, checks->results[i].check->name);
    printf("\nX killed as intended, x also failed, - skipped, . passed, ! passed or skipped where it was to fail\n\n");
    for (int digit = 10; digit >= 1; digit /= 10) {
        printf("%-38s", digit == 10 ? "" : "mutant                       ex. score");
        for (size_t i = 0; i < checks->count; i++)
            putchar(digit == 10 && i + 1 < 10 ? ' ' : (char)('0' + (i + 1) / digit % 10));
        putchar('\n');
    }
    for (size_t i = 0; i < table->count; i++)
        row_print(table->mutants[i].name, table->mutants[i].exercise, &table->mutants[i], checks, &verdicts->all[i]);
    row_print("(solution)", "", NULL, checks, verdicts->solution);
    row_print("(skeleton)", "", NULL, checks, verdicts->skeleton);
    fflush(stdout);
}

static unsigned complain(const char *format, const char *name, const char *what)
{
    fputs("mutants: ", stderr);
    fprintf(stderr, format, name, what);
    fputs(".\n", stderr);
    return 1;
}

/* True when there is a verdict to talk about. */
static bool verdict_stands(const char *name, const struct verdict *verdict, unsigned *count)
{
    if (verdict->is_done && !*verdict->error)
        return true;
    *count += complain("%s was not graded: %s", name, *verdict->error ? verdict->error : "its worker ended early");
    return false;
}

static unsigned mutant_verify(const struct mutant *mutant, const struct grading *checks, const struct verdict *verdict)
{
    unsigned count = 0;

    if (!verdict_stands(mutant->name, verdict, &count))
        return count;
    for (size_t i = 0; mutant->intended[i]; i++)
        if (verdict->status[check_find(checks, mutant->intended[i])] != RESULT_FAILED)
            count += complain("%s lives: check %s did not fail on it", mutant->name, mutant->intended[i]);
    if (verdict->score >= grading_maximum(checks, NULL))
        count += complain("%s has all points%s", mutant->name, "");
    return count;
}

unsigned matrix_verify(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts)
{
    unsigned count = 0;

    for (size_t i = 0; i < table->count; i++)
        count += mutant_verify(&table->mutants[i], checks, &verdicts->all[i]);
    if (verdict_stands("the solution", verdicts->solution, &count) && verdicts->solution->score != 100)
        count += complain("%s does not have 100 points%s", "the solution", "");
    if (verdict_stands("the skeleton", verdicts->skeleton, &count) && verdicts->skeleton->score != table->baseline)
        count += complain("%s does not have the points that the table declares%s", "the skeleton", "");
    return count;
}

static cJSON *mutant_json(const struct mutant *mutant, const struct grading *checks, const struct verdict *verdict)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", mutant->name);
    cJSON_AddStringToObject(object, "exercise", mutant->exercise);
    cJSON_AddStringToObject(object, "description", mutant->why);
    cJSON *intended = cJSON_AddArrayToObject(object, "intended");
    for (size_t i = 0; mutant->intended[i]; i++)
        cJSON_AddItemToArray(intended, cJSON_CreateString(mutant->intended[i]));
    cJSON *killers = cJSON_AddArrayToObject(object, "killed_by");
    for (size_t i = 0; i < checks->count; i++)
        if (verdict->status[i] == RESULT_FAILED)
            cJSON_AddItemToArray(killers, cJSON_CreateString(checks->results[i].check->name));
    cJSON_AddNumberToObject(object, "score", verdict->score);
    if (*verdict->error)
        cJSON_AddStringToObject(object, "error", verdict->error);
    return object;
}

static void score_add(cJSON *root, const char *name, const struct verdict *verdict, unsigned expected)
{
    cJSON *object = cJSON_AddObjectToObject(root, name);

    cJSON_AddNumberToObject(object, "score", verdict->score);
    cJSON_AddNumberToObject(object, "expected", expected);
}

char *matrix_json(const struct mutant_table *table, const struct grading *checks, const struct verdicts *verdicts,
                  const char *hostile)
{
    cJSON *root = cJSON_CreateObject();
    char *text = hostile ? file_read(hostile, NULL) : NULL;
    cJSON *submissions = text ? cJSON_Parse(text) : NULL;

    cJSON_AddNumberToObject(root, "lab", lab.number);
    score_add(root, "solution", verdicts->solution, 100);
    score_add(root, "skeleton", verdicts->skeleton, table->baseline);
    cJSON *mutants = cJSON_AddArrayToObject(root, "mutants");
    for (size_t i = 0; i < table->count; i++)
        cJSON_AddItemToArray(mutants, mutant_json(&table->mutants[i], checks, &verdicts->all[i]));
    cJSON_AddItemToObject(root, "hostile", cJSON_IsArray(submissions) ? submissions : cJSON_CreateArray());
    free(text);
    text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
