/*
 * Tests of the report on the terminal (host side): what is said once, and what is not said at all.
 */
/* sources: emit_terminal.c emit_files.c emit_json.c emit_text.c result.c ../host/scratch.c */
/* libs: -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../core/emit.h"
#include "../../host/scratch.h"
#include "lab_fake.h"

/* What a grading prints; to be freed. */
static char *printed(const struct grading *grading)
{
    char *folder = scratch_create(), *path = text_format("%s/out", folder);
    int old = dup(STDOUT_FILENO);

    fflush(stdout);
    assert_non_null(freopen(path, "w", stdout));
    emit_terminal_begin(grading);
    for (size_t i = 0; i < grading->count; i++)
        emit_terminal_check(grading, &grading->results[i]);
    emit_terminal_end(grading);
    fflush(stdout);
    dup2(old, STDOUT_FILENO);
    close(old);
    char *text = file_read(path, NULL);
    scratch_remove(folder);
    free(path);
    return text;
}

static unsigned times(const char *text, const char *word)
{
    unsigned count = 0;

    while ((text = strstr(text, word))) {
        text += strlen(word);
        count++;
    }
    return count;
}

/* Skipped checks of one exercise for one reason are one line with their names, another reason is another line. */
static void test_grouped(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);

    (void)state;
    for (size_t i = 2; i < FAKE_COUNT; i++) {
        results[i].status = RESULT_SKIPPED;
        free(results[i].reason);
        results[i].reason = text_format("%s", i < 5 ? "it waits" : "it is late");
    }
    char *text = printed(&grading);
    assert_int_equal(times(text, "it waits"), 1);
    assert_int_equal(times(text, "it is late"), 1);
    assert_non_null(strstr(text, "three-skipped, four-error, five-hidden\n"));
    assert_non_null(strstr(text, "six-not-run, seven-passed\n"));
    assert_non_null(strstr(text, "3 checks"));
    free(text);
    fake_free(results);
}

/* A single one stands under its own name. */
static void test_single(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);
    char *text = printed(&grading);

    (void)state;
    assert_int_equal(times(text, "three-skipped"), 1);
    assert_int_equal(times(text, "it needs what two-failed looks at"), 1);
    assert_null(strstr(text, " checks "));
    free(text);
    fake_free(results);
}

/* Does not compile: said at the top; no check has a line of its own. With one of two builds, the other kind has. */
static void test_uncompiled(void **state)
{
    struct result results[FAKE_COUNT];
    struct grading grading = fake_grading(results);

    (void)state;
    for (size_t i = 0; i < FAKE_COUNT; i++)
        results[i].status = RESULT_FAILED;
    grading.build_errors[CHECK_UNIT] = "file.c:1: error: no";
    char *text = printed(&grading);
    assert_non_null(strstr(text, "do not compile: file.c:1: error: no; no check of single functions can be graded"));
    assert_null(strstr(text, "one-passed"));
    assert_non_null(strstr(text, "two-failed"));
    free(text);
    grading.build_errors[CHECK_SYSTEM] = "file.c:2: error: no";
    text = printed(&grading);
    assert_non_null(strstr(text, "do not compile: file.c:2: error: no; nothing can be graded until they do.\n"));
    assert_null(strstr(text, "failed"));
    free(text);
    fake_free(results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grouped), cmocka_unit_test(test_single), cmocka_unit_test(test_uncompiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
