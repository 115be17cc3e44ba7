/*
 * The command `make boot` and the program behind it, as scripts use them: what goes in, what comes out, which exit
 * status; and that bad input gets one sentence before any machine is started. Paths here have no blanks.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

#define BOOT   BUILD_FOLDER "/boot "
#define IMAGE  BUILD_FOLDER "/ringlet.elf "
#define GUESTS BUILD_FOLDER "/guests/"
#define BARE   GUESTS "bare.elf"
/* As if typed at a terminal, not called by the make that runs the tests. */
#define MAKE_BOOT "unset MAKEFLAGS MAKELEVEL MFLAGS; make BUILD=" BUILD_FOLDER " boot "

static char *folder;

/* Runs a shell command; its exit status, and what it said (both streams) to be freed. Nothing temporary may stay. */
static int shell(const char *command, char **said)
{
    char *log = text_format("%s/log", folder), *temporary = text_format("%s/temporary", folder);
    char *arguments[] = { "sh", "-c", (char *)command, NULL };

    mkdir(temporary, 0777);
    int status = command_run(arguments, temporary, log);
    *said = file_read(log, NULL);
    assert_non_null(*said);
    if (rmdir(temporary) != 0)
        fail_msg("'%s' left files in its temporary folder", command);
    free(temporary);
    free(log);
    return status;
}

static void expect(const char *command, int wanted, const char *words)
{
    char *said;
    int status = shell(command, &said);

    if (status != wanted || !strstr(said, words))
        fail_msg("'%s': expected status %d and '%s', got status %d and:\n%s", command, wanted, words, status, said);
    free(said);
}

/* Refused with exactly one line, without starting anything. */
static void expect_sentence(const char *command, const char *words)
{
    char *said;

    expect(command, 2, words);
    shell(command, &said);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    free(said);
}

static void success_is_0(void **state)
{
    (void)state;
    expect(BOOT IMAGE "'" BARE " name=one demo, " BARE " name=two demo'", 0, "[two] bare: end, 0 failed");
}

static void a_guest_that_fails_is_1(void **state)
{
    (void)state;
    expect(BOOT IMAGE "'" BARE " demo, " GUESTS "tests/lab1-boot/triple-fault.elf'", 1, "[bare] bare: end, 0 failed");
}

static void a_refused_option_is_2(void **state)
{
    (void)state;
    expect(BOOT "-c frobnicate=yes " IMAGE "'" BARE " demo'", 2, "frobnicate");
}

static void a_time_out_is_2(void **state)
{
    (void)state;
    expect(BOOT "-t 1 " IMAGE "'" BARE " shell'", 2, "stopped after 1 seconds");
    expect(BOOT "-t 1 -p bochs " IMAGE "'" BARE " shell'", 2, "stopped after 1 seconds");
}

static void platforms_give_the_same_status(void **state)
{
    (void)state;
    expect(BOOT "-p iso " IMAGE "'" BARE " demo'", 0, "[bare] bare: end, 0 failed");
    expect(BOOT "-p bochs " IMAGE "'" BARE " demo'", 0, "[bare] bare: end, 0 failed");
    expect(BOOT "-p bochs " IMAGE "'" GUESTS "tests/lab1-boot/triple-fault.elf'", 1, "status=guest-failure");
}

/* An ELF file, but nothing that GRUB would boot: its reason is shown, and nobody waits for a time-out. */
static void what_grub_refuses_is_shown(void **state)
{
    (void)state;
    expect(BOOT "-p iso " BOOT BARE, 2, "error: ");
    expect(BOOT "-p bochs " BOOT BARE, 2, "error: ");
}

/* GNU make has no exit status 1 of its own; the Makefile finds a way. */
static void make_boot_passes_the_status_on(void **state)
{
    (void)state;
    expect(MAKE_BOOT "GUESTS='" BARE " demo'", 0, "[bare] bare: end, 0 failed");
    expect(MAKE_BOOT "GUESTS='" GUESTS "tests/lab1-boot/triple-fault.elf'", 1, "");
    expect(MAKE_BOOT "GUESTS='" BARE " demo' OPTIONS=frobnicate", 2, "frobnicate");
    expect(MAKE_BOOT "GUESTS=/nowhere.elf", 2, "/nowhere.elf does not exist");
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    expect_sentence(BOOT IMAGE "'" BARE ", /nowhere/guest.elf'", "/nowhere/guest.elf does not exist");
    expect_sentence(BOOT IMAGE "grader", "grader is a folder");
    expect_sentence(BOOT IMAGE "Makefile", "Makefile is not an ELF image");
    expect_sentence(BOOT IMAGE "/dev/null", "/dev/null is not an ELF image");
    expect_sentence(BOOT "/nowhere.elf " BARE, "/nowhere.elf does not exist");
}

static void bad_words_are_refused(void **state)
{
    (void)state;
    expect_sentence(BOOT "-p vax " IMAGE BARE, "unknown platform 'vax'");
    expect_sentence(BOOT "-t soon " IMAGE BARE, "'soon' is no number of seconds");
    expect_sentence(BOOT "-t -1 " IMAGE BARE, "'-1' is no number of seconds");
    expect_sentence(BOOT, "say boot");
    expect_sentence(BOOT IMAGE BARE " " BARE, "say boot");
}

/* The image is there whole or not at all. */
static void an_image_is_written_whole(void **state)
{
    char *good = text_format(BOOT "-o %s/x.iso " IMAGE "'" BARE " demo' && test -s %s/x.iso", folder, folder);
    char *bad = text_format(BOOT "-o %s/y.iso " IMAGE "/nowhere", folder);
    char *left = text_format("test -z \"$(ls %s | grep y.iso)\"", folder);

    (void)state;
    expect(good, 0, "");
    expect_sentence(bad, "/nowhere does not exist");
    expect(left, 0, "");
    free(good);
    free(bad);
    free(left);
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
        cmocka_unit_test(success_is_0),
        cmocka_unit_test(a_guest_that_fails_is_1),
        cmocka_unit_test(a_refused_option_is_2),
        cmocka_unit_test(a_time_out_is_2),
        cmocka_unit_test(platforms_give_the_same_status),
        cmocka_unit_test(what_grub_refuses_is_shown),
        cmocka_unit_test(make_boot_passes_the_status_on),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(bad_words_are_refused),
        cmocka_unit_test(an_image_is_written_whole),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
