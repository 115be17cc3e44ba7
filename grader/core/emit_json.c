/*
 * JSON reports (host side, all labs; see emit.h): ours with everything in it, Gradescope's results.json, and GitHub
 * Classroom's. Sources: Gradescope's "Autograder specifications" page; education/autograding-grading-reporter.
 */
#define _GNU_SOURCE
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "scratch.h"

/* Takes over `root`. The newline at the end is for people who print the file. */
static char *json_finish(cJSON *root)
{
    char *text = cJSON_Print(root), *line = text_format("%s\n", text ? text : "{}");

    cJSON_Delete(root);
    free(text);
    return line;
}

/* A member that does not exist rather than null: readers ask for presence. */
static void text_add(cJSON *object, const char *name, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, name, text);
}

/* What a check has to say for itself: its card, or one line. To be freed. */
static char *output_text(const struct result *result, bool is_public)
{
    char *card = result_card(result, is_public);

    if (*card)
        return card;
    free(card);
    return text_format("%s", result->status == RESULT_PASSED ? result->check->invariant :
                             "not run: the grading was ended before its turn came");
}

static void output_add(cJSON *test, const char *name, const struct result *result, bool is_public)
{
    char *output = output_text(result, is_public);

    cJSON_AddStringToObject(test, name, output);
    free(output);
}

/*
 * The members that Gradescope and our own report share.
 * Gradescope knows "passed" and "failed" only; our own member "verdict" says more.
 */
static cJSON *test_make(const struct result *result, bool is_public)
{
    const struct check *check = result->check;
    cJSON *test = cJSON_CreateObject();

    cJSON_AddStringToObject(test, "name", check->name);
    cJSON_AddStringToObject(test, "number", check->exercise);
    cJSON_AddNumberToObject(test, "score", result_score(result));
    cJSON_AddNumberToObject(test, "max_score", check->points);
    cJSON_AddStringToObject(test, "status", result->status == RESULT_PASSED ? "passed" : "failed");
    output_add(test, "output", result, is_public);
    cJSON_AddStringToObject(test, "output_format", "text");
    cJSON_AddStringToObject(test, "visibility", "visible");
    cJSON *tags = cJSON_AddArrayToObject(test, "tags");
    cJSON_AddItemToArray(tags, cJSON_CreateString(check->kind == CHECK_UNIT ? "unit" : "system"));
    if (check->is_hidden)
        cJSON_AddItemToArray(tags, cJSON_CreateString("hidden"));
    return test;
}

/* For instructors' eyes: hidden checks are not cut here. */
static void details_add(cJSON *test, const struct result *result)
{
    const struct check *check = result->check;
    char *handout = result_handout(result);

    text_add(test, "verdict", result_status_name(result->status));
    text_add(test, "kind", check->kind == CHECK_UNIT ? "unit" : "system");
    text_add(test, "invariant", check->invariant);
    text_add(test, "handout", handout);
    text_add(test, "where", result->where ? result->where : check->where);
    text_add(test, "reason", result->reason);
    text_add(test, "case", result->case_text);
    text_add(test, "expected", result->expected);
    text_add(test, "observed", result->observed);
    text_add(test, "stack", result->stack);
    text_add(test, "log", result->log);
    free(handout);
}

/* In the order of the lab, also those with no points yet. */
static void exercises_add(cJSON *root, const struct grading *grading)
{
    cJSON *list = cJSON_AddArrayToObject(root, "exercises");

    for (const struct exercise *exercise = lab.exercises; exercise->number; exercise++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "number", exercise->number);
        cJSON_AddStringToObject(one, "title", exercise->title);
        cJSON_AddNumberToObject(one, "score", grading_score(grading, exercise->number));
        cJSON_AddNumberToObject(one, "max_score", grading_maximum(grading, exercise->number));
        cJSON_AddItemToArray(list, one);
    }
}

/* Wall clock in hundredths: the reports of two gradings differ here and nowhere else. */
static void time_add(cJSON *root, const struct grading *grading)
{
    cJSON_AddNumberToObject(root, "execution_time", (double)(long)(grading->seconds * 100 + 0.5) / 100);
}

/*
 * Results of the checks. `is_public`: for students' eyes.
 * One entry for each check, also for those not run: missing ones would look like points that never were.
 */
static void tests_add(cJSON *root, const struct grading *grading, bool is_public)
{
    cJSON *tests = cJSON_AddArrayToObject(root, "tests");

    for (size_t i = 0; i < grading->count; i++) {
        cJSON *test = test_make(&grading->results[i], is_public);
        if (!is_public)
            details_add(test, &grading->results[i]);
        cJSON_AddItemToArray(tests, test);
    }
}

/* "complete" false: not all checks have run, so the score is a lower bound. */
char *emit_json(const struct grading *grading)
{
    cJSON *root = cJSON_CreateObject();
    char *seed = text_format("%llu", (unsigned long long)grading->seed), *broken = emit_build_sentence(grading);

    cJSON_AddNumberToObject(root, "score", grading_score(grading, NULL));
    cJSON_AddNumberToObject(root, "max_score", grading_maximum(grading, NULL));
    cJSON_AddNumberToObject(root, "lab", lab.number);
    text_add(root, "seed", seed); /* 64 bits do not fit into a JSON number */
    cJSON_AddBoolToObject(root, "complete", grading_count(grading, RESULT_NOT_RUN) == 0 && !grading->is_partial);
    time_add(root, grading);
    exercises_add(root, grading);
    text_add(root, "output", broken);
    tests_add(root, grading, false);
    free(broken);
    free(seed);
    return json_finish(root);
}

/* No max_score: there the assignment's own setting decides. Standard output stays hidden, as it may name folders. */
char *emit_gradescope(const struct grading *grading)
{
    cJSON *root = cJSON_CreateObject();
    char *broken = emit_build_sentence(grading);

    cJSON_AddNumberToObject(root, "score", grading_score(grading, NULL));
    time_add(root, grading);
    text_add(root, "output", broken);
    free(broken);
    text_add(root, "output_format", "text");
    text_add(root, "visibility", "visible");
    text_add(root, "stdout_visibility", "hidden");
    tests_add(root, grading, true);
    cJSON *board = cJSON_AddArrayToObject(root, "leaderboard");
    cJSON *row = cJSON_CreateObject();
    text_add(row, "name", "Checks passed");
    cJSON_AddNumberToObject(row, "value", (double)grading_count(grading, RESULT_PASSED));
    cJSON_AddItemToArray(board, row);
    return json_finish(root);
}

/* The reporter's three words. */
static const char *classroom_status(const struct result *result)
{
    if (result->status == RESULT_PASSED)
        return "pass";
    return result->status == RESULT_ERROR ? "error" : "fail";
}

/* Each test carries the command that repeats it, so that a student knows what to type. */
char *emit_classroom(const struct grading *grading)
{
    cJSON *root = cJSON_CreateObject();
    bool all = grading_count(grading, RESULT_PASSED) == grading->count;

    cJSON_AddNumberToObject(root, "version", 1);
    text_add(root, "status", grading_count(grading, RESULT_ERROR) ? "error" : all ? "pass" : "fail");
    cJSON_AddNumberToObject(root, "max_score", grading_maximum(grading, NULL));
    time_add(root, grading);
    cJSON *tests = cJSON_AddArrayToObject(root, "tests");
    for (size_t i = 0; i < grading->count; i++) {
        const struct result *result = &grading->results[i];
        char *command = text_format("make grade LAB=%u T=%s", lab.number, result->check->name);
        cJSON *test = cJSON_CreateObject();
        text_add(test, "name", result->check->name);
        text_add(test, "status", classroom_status(result));
        cJSON_AddNumberToObject(test, "score", result_score(result));
        cJSON_AddNumberToObject(test, "max_score", result->check->points);
        output_add(test, "message", result, true);
        text_add(test, "test_code", command);
        text_add(test, "filename", "");
        cJSON_AddNumberToObject(test, "line_no", 0);
        cJSON_AddItemToArray(tests, test);
        free(command);
    }
    return json_finish(root);
}
