/*
 * What trap and emulate cannot do: a kernel whose critical sections end with popf works on the machine, and fails
 * without a word when it is de-privileged. That difference is declared, so it is tested like any other behaviour; and
 * with sensitive=report the hypervisor names each such instruction it comes across, where it stands, once.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_symbols.h"
#include "scene.h"

#define REPORT "sensitive instruction "

static struct scene popf_run(const char *options)
{
    const char *guests[] = { BARE_POPF " name=popf demo", BARE " demo", NULL };

    return scene_guests(options, guests);
}

static void it_works_natively(void **state)
{
    struct machine_setup setup = { .kernel = BARE_POPF, .options = "demo" };
    struct scene scene = scene_run(&setup);

    (void)state;
    expect_code(&scene, NATIVE_EXIT(0));
    expect_same("bare-popf, natively", bare_transcript(), scene.console);
    scene_free(&scene);
}

/* The threads are no longer preempted, nothing else changes, and the hypervisor has nothing to say about it. */
static void it_fails_silently(void **state)
{
    struct scene scene = popf_run(NULL);
    char *said = scene_transcript(&scene, "popf"), *wrong;

    (void)state;
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    expect_words(&scene, "domain 0 (popf): ended, status 1\r\n");
    expect_bare(&scene, "bare");
    expect_no_words(&scene, "sensitive");
    expect_no_words(&scene, "crashed");
    wrong = strstr(said, "preempted: no");
    assert_non_null(wrong);
    assert_int_equal(words_count(said, "WRONG"), 0);
    assert_non_null(strstr(said, "threads: shared counter exact yes"));
    assert_non_null(strstr(said, "bare: end, 1 failed"));
    free(said);
    scene_free(&scene);
}

/* The next report about guest `name` after *place: its words behind "sensitive instruction ", up to the line's end. */
static char *report_next(const char **place, const char *name)
{
    char mark[64];

    snprintf(mark, sizeof(mark), "(%s): " REPORT, name);
    *place = strstr(*place, mark);
    if (!*place)
        return NULL;
    *place += strlen(mark);
    return strndup(*place, strcspn(*place, "\r"));
}

/* "popf at 00103766 does not trap: ..." */
static uint32_t report_site(const char *report)
{
    const char *at = strstr(report, " at ");

    assert_non_null(at);
    return (uint32_t)strtoul(at + 4, NULL, 16);
}

/* Expects a report of `instruction` in `function`, and `consequence` in it. */
static void expect_report(const struct scene *scene, const char *instruction, const char *function,
                          const char *consequence)
{
    const char *place = scene->console;
    bool found = false;
    char *report;

    while (!found && (report = report_next(&place, "popf"))) {
        char *where = elf_function_at(BARE_POPF, report_site(report));
        found = strncmp(report, instruction, strlen(instruction)) == 0 && report[strlen(instruction)] == ' ' &&
                where && strcmp(where, function) == 0 && strstr(report, consequence);
        free(where);
        free(report);
    }
    if (!found)
        fail_msg("no report of %s in %s with '%s'; the console:\n%s", instruction, function, consequence,
                 scene->console);
}

static void reports_name_site_and_consequence(void **state)
{
    struct scene scene = popf_run("sensitive=report");

    (void)state;
    expect_report(&scene, "pushf", "interrupts_save", "does not trap");
    expect_report(&scene, "popf", "interrupts_restore", "does not trap: it should set IF, and will not");
    scene_free(&scene);
}

static void each_site_is_reported_once(void **state)
{
    struct scene scene = popf_run("sensitive=report");
    const char *place = scene.console;
    char *report;

    (void)state;
    while ((report = report_next(&place, "popf"))) {
        char words[64];
        snprintf(words, sizeof(words), "(popf): " REPORT "%.*s", (int)(strstr(report, " does") - report), report);
        assert_int_equal(words_count(scene.console, words), 1);
        free(report);
    }
    scene_free(&scene);
}

/* Watching is not meddling: the kernel that does it right sees nothing of it, the other one fails as before. */
static void watching_changes_nothing(void **state)
{
    struct scene scene = popf_run("sensitive=report");

    (void)state;
    expect_bare(&scene, "bare");
    expect_words(&scene, "domain 0 (popf): ended, status 1\r\n");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_works_natively),
        cmocka_unit_test(it_fails_silently),
        cmocka_unit_test(reports_name_site_and_consequence),
        cmocka_unit_test(each_site_is_reported_once),
        cmocka_unit_test(watching_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
