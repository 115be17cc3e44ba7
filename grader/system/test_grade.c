/*
 * The autograder as a program (host side): the reference solution gets everything, gradings repeat to the byte, a
 * killed one keeps what it earned, and bad usage is one sentence. What single checks are worth is not tested here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "scratch.h"

#define REPEATS_MAX 3

static const char *grader = BUILD_FOLDER "/grade-lab1";
static char *folder; /* TMPDIR of the gradings is folder/tmp, which they must leave empty */

static int bench_make(void **state)
{
    (void)state;
    folder = scratch_create();
    char *inside = text_format("%s/tmp", folder);
    int status = mkdir(inside, 0700);
    free(inside);
    return status;
}

static int bench_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static char *path_of(const char *name)
{
    return text_format("%s/%s", folder, name);
}

/* Starts a grading with these words behind "-b build"; its output goes to the file NAME.log. */
static pid_t grade_start(const char *name, char *const words[])
{
    char *log = text_format("%s/%s.log", folder, name), *scratch = path_of("tmp");
    struct arguments command = { 0 };

    arguments_add(&command, "%s", grader);
    arguments_add(&command, "-b");
    arguments_add(&command, BUILD_FOLDER);
    for (int i = 0; words[i]; i++)
        arguments_add(&command, "%s", words[i]);
    pid_t child = fork();
    if (child == 0) {
        int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        setenv("TMPDIR", scratch, 1);
        execv(grader, command.list);
        _exit(127);
    }
    arguments_free(&command);
    free(log);
    free(scratch);
    return child;
}

static int grade_wait(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void scratch_check_empty(void)
{
    char *path = path_of("tmp");
    struct dirent **entries;

    assert_int_equal(scandir(path, &entries, NULL, alphasort), 2); /* . and .. */
    free(entries[0]);
    free(entries[1]);
    free(entries);
    free(path);
}

/* The report without its only wall-clock line. */
static char *report_load(const char *name)
{
    char *path = path_of(name), *text = file_read(path, NULL);
    char *line = text ? strstr(text, "\t\"execution_time\":") : NULL;

    assert_non_null(line);
    char *end = strchr(line, '\n');
    memmove(line, end, strlen(end) + 1);
    free(path);
    return text;
}

static int number_of(const cJSON *root, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(root, name);

    assert_true(cJSON_IsNumber(item));
    return item->valueint;
}

static pid_t repeat_start(unsigned number)
{
    char *name = text_format("%u", number), *path = text_format("%s/%u.json", folder, number);
    char *const words[] = { "-s", "solution", "-j", path, NULL };
    pid_t child = grade_start(name, words);

    free(name);
    free(path);
    return child;
}

static void full_points_check(const char *report)
{
    cJSON *root = cJSON_Parse(report);

    assert_int_equal(number_of(root, "score"), 100);
    assert_int_equal(number_of(root, "max_score"), 100);
    cJSON_Delete(root);
}

/* All at once, so each runs on a machine that is busy with the others. */
static void repeats_check(unsigned count)
{
    pid_t children[REPEATS_MAX];

    for (unsigned i = 0; i < count; i++)
        children[i] = repeat_start(i);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(grade_wait(children[i]), 0);
    char *first = report_load("0.json");
    full_points_check(first);
    for (unsigned i = 1; i < count; i++) {
        char *name = text_format("%u.json", i), *other = report_load(name);
        assert_string_equal(first, other);
        free(other);
        free(name);
    }
    scratch_check_empty();
    free(first);
}

static void test_repeats(void **state)
{
    (void)state;
    repeats_check(2);
}

static void test_repeats_rings(void **state)
{
    (void)state;
    grader = BUILD_FOLDER "/grade-lab2";
    repeats_check(3);
    grader = BUILD_FOLDER "/grade-lab1";
}

/* The score in the report, once it is there; -1. */
static int score_read(const char *path)
{
    char *text = file_read(path, NULL);
    cJSON *root = text ? cJSON_Parse(text) : NULL;
    int score = root ? number_of(root, "score") : -1;

    assert_true(!text || root); /* what is there is valid, at any time */
    cJSON_Delete(root);
    free(text);
    return score;
}

static void test_killed(void **state)
{
    char *path = path_of("killed.json");
    char *const words[] = { "-s", "solution", "-j", path, NULL };
    pid_t child = grade_start("killed", words);
    int status = 0;

    (void)state;
    while (score_read(path) <= 0 && waitpid(child, &status, WNOHANG) == 0)
        usleep(2000);
    assert_int_equal(kill(child, SIGTERM), 0);
    status = grade_wait(child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    assert_true(score_read(path) > 0);
    scratch_check_empty();
    free(path);
}

/* Exactly one line, saying `word`, and a status other than 0. */
static void usage_check(char *const words[], const char *word)
{
    int status = grade_wait(grade_start("usage", words));
    char *path = path_of("usage.log"), *log = file_read(path, NULL);
    char *last = strstr(log, "grade: ");

    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    assert_non_null(last);
    assert_non_null(strstr(last, word));
    assert_ptr_equal(strchr(last, '\n'), last + strlen(last) - 1);
    scratch_check_empty();
    free(log);
    free(path);
}

static void test_usage(void **state)
{
    char *empty = path_of("empty"), *text = path_of("text.tar.gz");

    (void)state;
    assert_int_equal(mkdir(empty, 0700), 0);
    assert_true(file_write(text, "no archive"));
    usage_check((char *[]){ "-t", "nonsense", NULL }, "has no check called nonsense");
    usage_check((char *[]){ "-t", "segmnet-pack", NULL }, "the nearest are segment-pack, ");
    usage_check((char *[]){ "-t", "segmnet-pack", NULL }, "and T=1.1 takes all checks of an exercise");
    usage_check((char *[]){ "-s", "/nowhere", NULL }, "/nowhere cannot be read");
    usage_check((char *[]){ "-s", empty, NULL }, "holds no file of lab 1");
    usage_check((char *[]){ "-s", text, NULL }, "no readable");
    usage_check((char *[]){ "-s", "solution", "-j", "/nowhere/x.json", NULL }, "cannot be written");
    usage_check((char *[]){ "-s", "solution", "-S", "x", NULL }, "no number");
    usage_check((char *[]){ "nonsense", NULL }, "unknown word");
    free(empty);
    free(text);
}

/* Grades with a report and returns that, parsed; `status` is the program's. */
static cJSON *graded(const char *name, char *submission, char *only, int status)
{
    char *report = text_format("%s/%s.json", folder, name);
    char *const words[] = { "-s", submission, "-j", report, only ? "-t" : NULL, only, NULL };
    int ended = grade_wait(grade_start(name, words));

    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == status);
    char *text = file_read(report, NULL);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    free(text);
    free(report);
    return root;
}

/* T=1.1 is the exercise; a word takes every check that has it in its name. */
static void test_only(void **state)
{
    cJSON *root = graded("exercise", "solution", "1.1", 0);

    (void)state;
    assert_int_equal(number_of(root, "score"), 15);
    assert_int_equal(number_of(root, "max_score"), 15);
    cJSON_Delete(root);
    root = graded("word", "solution", "gate", 0);
    assert_true(number_of(root, "score") > 0 && number_of(root, "score") == number_of(root, "max_score"));
    cJSON_Delete(root);
}

/* The skeleton with one more line in segments.c. */
static char *broken_make(void)
{
    char *to = path_of("broken"), *log = path_of("broken.log"), *file = text_format("%s/segments.c", to);
    char *command[] = { "mk/labs-derive", "solution/lab1-boot", to, NULL };

    assert_int_equal(command_run(command, ".", log), 0);
    char *text = file_read(file, NULL), *longer = text_format("%sint broken = ;\n", text);
    assert_true(file_write(file, longer));
    free(longer);
    free(text);
    free(file);
    free(log);
    return to;
}

/* One sentence on the terminal and no card; in the report every check is there and earns nothing. */
static void test_uncompiled(void **state)
{
    char *submission = broken_make(), *path = path_of("uncompiled.log");
    cJSON *root = graded("uncompiled", submission, NULL, 0);
    char *log = file_read(path, NULL), *said = strstr(log, "your files do not compile: segments.c:");

    (void)state;
    assert_non_null(said);
    assert_non_null(strstr(said, "; nothing can be graded until they do.\n"));
    assert_null(strstr(strchr(said, ';') + 1, "compile"));
    assert_null(strstr(log, "expected:  "));
    assert_null(strstr(log, "skipped"));
    assert_int_equal(number_of(root, "score"), 0);
    assert_int_equal(number_of(root, "max_score"), 100);
    assert_non_null(strstr(cJSON_GetStringValue(cJSON_GetObjectItem(root, "output")), "do not compile"));
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(root, "tests")) > 50);
    cJSON_Delete(root);
    free(log);
    free(path);
    free(submission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats), cmocka_unit_test(test_repeats_rings), cmocka_unit_test(test_killed),
        cmocka_unit_test(test_usage), cmocka_unit_test(test_only), cmocka_unit_test(test_uncompiled),
    };

    return cmocka_run_group_tests(tests, bench_make, bench_remove);
}
