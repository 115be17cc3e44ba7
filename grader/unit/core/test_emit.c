/*
 * Tests of the reports (host side): each against its schema, with every kind of result and hostile texts in them. A
 * schema is a table of members with their types here (JSON), an XSD (JUnit) or RFC 4180's grammar (CSV).
 */
/* sources: emit_json.c emit_text.c emit_files.c result.c ../host/scratch.c */
/* libs: -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "../../core/emit.h"
#include "../../host/scratch.h"
#include "lab_fake.h"

/* One member: its name, type, the values it may have ("a|b", NULL: any) and whether it may be missing. */
struct member {
    const char *name;
    int type;
    const char *values;
    bool is_optional;
};

static bool value_allowed(const char *values, const char *text)
{
    size_t length = strlen(text);

    for (const char *at = values; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, length) == 0 && (at[length] == '|' || at[length] == 0))
            return true;
    }
    return false;
}

static bool type_fits(const cJSON *item, int type)
{
    return (item->type & type) != 0;
}

/* Every member there and of its type, and no other. */
static void object_check(const cJSON *object, const struct member *members)
{
    const cJSON *item;

    for (const struct member *member = members; member->name; member++) {
        item = cJSON_GetObjectItemCaseSensitive(object, member->name);
        if (!item && member->is_optional)
            continue;
        if (!item || !type_fits(item, member->type))
            fail_msg("member %s is missing or of another type", member->name);
        if (member->values && !value_allowed(member->values, item->valuestring))
            fail_msg("member %s may not be %s", member->name, item->valuestring);
    }
    cJSON_ArrayForEach(item, object) {
        const struct member *member = members;
        while (member->name && strcmp(member->name, item->string) != 0)
            member++;
        if (!member->name)
            fail_msg("member %s is not in the schema", item->string);
    }
}

/* Gradescope, "Autograder specifications": results.json. */
static const struct member gradescope_root[] = {
    { "score", cJSON_Number, NULL, false }, { "execution_time", cJSON_Number, NULL, true },
    { "output", cJSON_String, NULL, true }, { "output_format", cJSON_String, "text|html|simple_format|md|ansi", true },
    { "visibility", cJSON_String, "visible|hidden|after_due_date|after_published", true },
    { "stdout_visibility", cJSON_String, "visible|hidden|after_due_date|after_published", true },
    { "tests", cJSON_Array, NULL, false }, { "leaderboard", cJSON_Array, NULL, true }, { NULL, 0, NULL, false },
};
static const struct member gradescope_test[] = {
    { "score", cJSON_Number, NULL, false }, { "max_score", cJSON_Number, NULL, false },
    { "status", cJSON_String, "passed|failed", false }, { "name", cJSON_String, NULL, false },
    { "number", cJSON_String, NULL, false }, { "output", cJSON_String, NULL, false },
    { "output_format", cJSON_String, "text|html|simple_format|md|ansi", true }, { "tags", cJSON_Array, NULL, true },
    { "visibility", cJSON_String, "visible|hidden|after_due_date|after_published", true }, { NULL, 0, NULL, false },
};
static const struct member gradescope_row[] = {
    { "name", cJSON_String, NULL, false }, { "value", cJSON_Number, NULL, false }, { NULL, 0, NULL, false },
};

/* Ours: what Gradescope has, and the model in full. */
static const struct member own_root[] = {
    { "score", cJSON_Number, NULL, false }, { "max_score", cJSON_Number, NULL, false },
    { "lab", cJSON_Number, NULL, false }, { "seed", cJSON_String, NULL, false },
    { "complete", cJSON_True | cJSON_False, NULL, false }, { "execution_time", cJSON_Number, NULL, false },
    { "output", cJSON_String, NULL, true }, { "exercises", cJSON_Array, NULL, false }, { "tests", cJSON_Array, NULL, false }, { NULL, 0, NULL, false },
};
static const struct member own_test[] = {
    { "name", cJSON_String, NULL, false }, { "number", cJSON_String, NULL, false },
    { "score", cJSON_Number, NULL, false }, { "max_score", cJSON_Number, NULL, false },
    { "status", cJSON_String, "passed|failed", false }, { "output", cJSON_String, NULL, false },
    { "output_format", cJSON_String, "text", false }, { "visibility", cJSON_String, "visible", false },
    { "tags", cJSON_Array, NULL, false },
    { "verdict", cJSON_String, "passed|failed|skipped|error|not run", false },
    { "kind", cJSON_String, "unit|system", false }, { "invariant", cJSON_String, NULL, false },
    { "handout", cJSON_String, NULL, false }, { "where", cJSON_String, NULL, true },
    { "reason", cJSON_String, NULL, true }, { "case", cJSON_String, NULL, true },
    { "expected", cJSON_String, NULL, true }, { "observed", cJSON_String, NULL, true },
    { "stack", cJSON_String, NULL, true }, { "log", cJSON_String, NULL, true }, { NULL, 0, NULL, false },
};
static const struct member own_exercise[] = {
    { "number", cJSON_String, NULL, false }, { "title", cJSON_String, NULL, false },
    { "score", cJSON_Number, NULL, false }, { "max_score", cJSON_Number, NULL, false }, { NULL, 0, NULL, false },
};

/* What autograding-grading-reporter reads. */
static const struct member classroom_root[] = {
    { "version", cJSON_Number, NULL, false }, { "status", cJSON_String, "pass|fail|error", false },
    { "max_score", cJSON_Number, NULL, false }, { "execution_time", cJSON_Number, NULL, true },
    { "tests", cJSON_Array, NULL, false }, { NULL, 0, NULL, false },
};
static const struct member classroom_test[] = {
    { "name", cJSON_String, NULL, false }, { "status", cJSON_String, "pass|fail|error", false },
    { "score", cJSON_Number, NULL, false }, { "max_score", cJSON_Number, NULL, false },
    { "message", cJSON_String, NULL, false }, { "test_code", cJSON_String, NULL, false },
    { "filename", cJSON_String, NULL, false }, { "line_no", cJSON_Number, NULL, false }, { NULL, 0, NULL, false },
};

static void array_check(const cJSON *root, const char *name, const struct member *members)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, name)) object_check(item, members);
}

/* The report of the fake grading, parsed. */
static cJSON *report_parse(char *(*emit)(const struct grading *grading))
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);
    char *text = emit(&grading);
    cJSON *root = cJSON_ParseWithOpts(text, NULL, true);

    for (const char *c = text; *c; c++)
        assert_true((*c >= ' ' && *c < 0x7f) || *c == '\n' || *c == '\t');
    free(text);
    fake_free(results);
    assert_non_null(root);
    return root;
}

static const char *test_text(const cJSON *root, int index, const char *name)
{
    const cJSON *test = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "tests"), index);

    return cJSON_GetStringValue(cJSON_GetObjectItem(test, name));
}

static void test_gradescope(void **state)
{
    cJSON *root = report_parse(emit_gradescope);

    (void)state;
    object_check(root, gradescope_root);
    array_check(root, "tests", gradescope_test);
    array_check(root, "leaderboard", gradescope_row);
    assert_int_equal(cJSON_GetObjectItem(root, "score")->valueint, 15);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "tests")), FAKE_COUNT);
    assert_non_null(strstr(test_text(root, 1, "output"), "a < b && \"c\""));
    assert_null(strstr(test_text(root, 4, "output"), "secret"));
    cJSON_Delete(root);
}

static void test_own(void **state)
{
    cJSON *root = report_parse(emit_json);

    (void)state;
    object_check(root, own_root);
    array_check(root, "tests", own_test);
    array_check(root, "exercises", own_exercise);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(root, "seed")), "18446744073709551615");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "complete")));
    assert_string_equal(test_text(root, 5, "handout"), "handouts/lab7-fake.html#elsewhere");
    assert_string_equal(test_text(root, 0, "handout"), "handouts/lab7-fake.html#exercise-7-1");
    cJSON_Delete(root);
}

static void test_classroom(void **state)
{
    cJSON *root = report_parse(emit_classroom);

    (void)state;
    object_check(root, classroom_root);
    array_check(root, "tests", classroom_test);
    assert_string_equal(test_text(root, 3, "status"), "error");
    cJSON_Delete(root);
}

static void test_junit(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);
    char *text = emit_junit(&grading), *folder = scratch_create();
    char *path = text_format("%s/junit.xml", folder), *log = text_format("%s/log", folder);
    char *command[] = { "xmllint", "--noout", "--nonet", "--schema", "grader/unit/core/junit.xsd", path, NULL };

    (void)state;
    assert_true(file_write(path, text));
    assert_int_equal(command_run(command, folder, log), 0);
    assert_non_null(strstr(text, "tests=\"7\" failures=\"2\" errors=\"2\" skipped=\"1\""));
    assert_null(strstr(text, "secret"));
    free(text);
    free(path);
    free(log);
    scratch_remove(folder);
    fake_free(results);
}

/* One field by RFC 4180; returns behind its separator, which goes to *end. */
static const char *csv_field_skip(const char *at, char *end)
{
    if (*at == '"') {
        for (at++; *at && (*at != '"' || at[1] == '"'); at++)
            at += *at == '"';
        assert_int_equal(*at++, '"');
    } else {
        at += strcspn(at, ",\r\n\"");
    }
    assert_true(*at == ',' || (at[0] == '\r' && at[1] == '\n'));
    *end = *at;
    return at + (*at == ',' ? 1 : 2);
}

static void test_csv(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);
    char *text = emit_csv(&grading);
    unsigned rows = 0, fields = 0;
    char end;

    (void)state;
    for (const char *at = text; *at;) {
        at = csv_field_skip(at, &end);
        fields++;
        if (end == ',')
            continue;
        assert_int_equal(fields, 11);
        fields = 0;
        rows++;
    }
    assert_int_equal(rows, FAKE_COUNT + 1);
    free(text);
    fake_free(results);
}

/* The old report is there, whole, until the new one takes its place; nothing else stays in the folder. */
static void test_files(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);
    char *folder = scratch_create(), *path = text_format("%s/r.json", folder), *error = NULL;
    const char *paths[EMIT_FORMATS] = { [EMIT_JSON] = path };

    (void)state;
    assert_true(file_write(path, "old"));
    assert_true(emit_check(path, &error));
    char *text = file_read(path, NULL);
    assert_string_equal(text, "old");
    free(text);
    assert_true(emit_files(&grading, paths, &error));
    text = file_read(path, NULL);
    assert_int_equal(text[0], '{');
    free(text);
    assert_false(emit_check(folder, &error));
    assert_non_null(strstr(error, "cannot be written"));
    free(error);
    assert_false(emit_check("/nowhere/at/all.json", &error));
    free(error);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    scratch_remove(folder);
    free(path);
    fake_free(results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradescope), cmocka_unit_test(test_own), cmocka_unit_test(test_classroom),
        cmocka_unit_test(test_junit), cmocka_unit_test(test_csv), cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
