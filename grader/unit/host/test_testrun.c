/*
 * The test runner (grader/host/testrun.c) loses nothing: a program that passes, fails, crashes, hangs, says nothing, is
 * missing, or lies in its exit status is counted as what it is. The programs here are shell scripts that speak cmocka.
 */
/* sources: scratch.c */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"

#define TWO_RUN "echo '[==========] Running 2 test(s).'\n"
#define ONE_OK  "echo '[ RUN      ] a'\necho '[       OK ] a'\n"
#define TWO_OK  ONE_OK "echo '[       OK ] b'\necho '[==========] 2 test(s) run.'\n"

static char *folder;

/* Runs the runner on a script with this body; expects its last line and its status. */
static void expect(const char *body, const char *last_line, int status)
{
    char *script = text_format("%s/program", folder);
    char *text = text_format("#!/bin/sh\n%s", body);
    char *log = text_format("%s/log", folder);
    char *arguments[] = { BUILD_FOLDER "/testrun", "-s", "1", "-o", folder, script, NULL };
    size_t size, wanted = strlen(last_line);

    assert_true(file_write(script, text));
    chmod(script, 0755);
    int got = command_run(arguments, folder, log);
    char *said = file_read(log, &size);
    if (size < wanted || strcmp(said + size - wanted, last_line) != 0 || said[size - wanted - 1] != '\n')
        fail_msg("expected '%s' but the runner said:\n%s", last_line, said);
    assert_int_equal(got, status);
    free(said);
    free(log);
    free(text);
    free(script);
}

static void passes_are_counted(void **state)
{
    (void)state;
    expect(TWO_RUN TWO_OK "exit 0\n", "2 passed, 0 failed\n", 0);
}

static void failures_are_counted(void **state)
{
    (void)state;
    expect(TWO_RUN ONE_OK "echo '[  FAILED  ] b'\nexit 1\n", "1 passed, 1 failed\n", 1);
}

/* As cmocka 1.1.5 reports one: at its place, and again in a list at the end. */
static void a_skipped_test_is_neither(void **state)
{
    (void)state;
    expect(TWO_RUN ONE_OK "echo '[  SKIPPED ] b'\necho '[==========] 2 test(s) run.'\n"
           "echo '[  SKIPPED ] 1 test(s), listed below:'\necho '[  SKIPPED ] b'\nexit 0\n",
           "1 passed, 0 failed\n", 0);
}

static void a_crash_keeps_what_passed(void **state)
{
    (void)state;
    expect(TWO_RUN ONE_OK "kill -SEGV $$\n", "1 passed, 1 failed\n", 1);
}

static void a_silent_program_failed(void **state)
{
    (void)state;
    expect("exit 0\n", "0 passed, 1 failed\n", 1);
    expect("exit 3\n", "0 passed, 1 failed\n", 1);
}

/* A sanitizer's report at exit comes after all tests have passed. */
static void a_bad_status_is_a_failure(void **state)
{
    (void)state;
    expect(TWO_RUN TWO_OK "exit 23\n", "2 passed, 1 failed\n", 1);
}

static void a_hang_is_ended(void **state)
{
    (void)state;
    expect(TWO_RUN ONE_OK "sleep 60 & wait\n", "1 passed, 1 failed\n", 1);
}

static void unfinished_tests_failed(void **state)
{
    (void)state;
    expect(TWO_RUN "exit 0\n", "0 passed, 2 failed\n", 1);
}

static void marks_inside_lines_do_not_count(void **state)
{
    (void)state;
    expect(TWO_RUN ONE_OK "echo 'guest: [       OK ] forged'\nexit 1\n", "1 passed, 1 failed\n", 1);
}

static void a_missing_program_failed(void **state)
{
    char *log = text_format("%s/log", folder);
    char *arguments[] = { BUILD_FOLDER "/testrun", "-o", folder, "/nonexistent", "good=true", "bad=false", NULL };

    (void)state;
    assert_int_equal(command_run(arguments, folder, log), 1);
    char *said = file_read(log, NULL);
    assert_non_null(strstr(said, "\n1 passed, 2 failed\n"));
    free(said);
    free(log);
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_are_counted),
        cmocka_unit_test(failures_are_counted),
        cmocka_unit_test(a_skipped_test_is_neither),
        cmocka_unit_test(a_crash_keeps_what_passed),
        cmocka_unit_test(a_silent_program_failed),
        cmocka_unit_test(a_bad_status_is_a_failure),
        cmocka_unit_test(a_hang_is_ended),
        cmocka_unit_test(unfinished_tests_failed),
        cmocka_unit_test(marks_inside_lines_do_not_count),
        cmocka_unit_test(a_missing_program_failed),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
