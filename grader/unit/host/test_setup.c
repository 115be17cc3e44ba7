/*
 * The set-up (setup/doctor) on machines that lack something: it says so in one sentence with the remedy and fails; it
 * is quick when nothing is missing. Machines are pretended by PATH; nothing is ever installed here.
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
#include <time.h>

#include <cmocka.h>

#include "scratch.h"

static char *folder;

/* Runs a shell command; its output, to be freed, and its status. */
static char *shell(const char *command, int *status)
{
    char *log = text_format("%s/log", folder);
    char *arguments[] = { "sh", "-c", (char *)command, NULL };

    *status = command_run(arguments, folder, log);
    char *said = file_read(log, NULL);
    free(log);
    assert_non_null(said);
    return said;
}

static void expect(const char *format, int wanted, const char *words)
{
    int status;
    char *command = text_format("P=%s; %s", folder, format);
    char *said = shell(command, &status);

    if ((status != 0) != wanted || !strstr(said, words))
        fail_msg("expected '%s', status %d; got status %d:\n%s", words, wanted, status, said);
    free(said);
    free(command);
}

/* A folder with links to all commands of this machine, from which tests take some away. */
static int commands_make(void **state)
{
    int status;

    (void)state;
    folder = scratch_create();
    char *command = text_format("mkdir %s/bin && ln -s /usr/sbin/* /usr/bin/* %s/bin 2>/dev/null", folder, folder);
    free(shell(command, &status)); /* names in both folders make ln complain; the first one stays */
    free(command);
    return 0;
}

static int commands_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static void a_complete_machine_is_accepted(void **state)
{
    (void)state;
    expect("setup/doctor", 0, "Everything is here.");
    expect("setup/doctor check", 0, "");
}

static void a_missing_tool_is_named(void **state)
{
    (void)state;
    expect("rm $P/bin/qemu-system-i386; PATH=$P/bin setup/doctor check", 1,
           "setup: missing packages; type: apt-get update && apt-get install "
           "--no-install-recommends qemu-system-x86\n");
    expect("PATH=$P/bin setup/doctor", 1, "missing  the machine the hypervisor runs on");
}

/* Without the right to install: one line to type, nothing done. setpriv is part of every Debian. */
static void a_normal_user_gets_one_line(void **state)
{
    (void)state;
    expect("if [ $(id -u) = 0 ]; then as='setpriv --reuid=65534 --clear-groups'; chmod 755 $P; fi; "
           "rm -f $P/bin/qemu-system-i386; CI= PATH=$P/bin $as setup/doctor install", 1,
           "setup: missing packages; type: sudo apt-get update && sudo apt-get install --no-install-recommends "
           "qemu-system-x86\n");
}

static void an_old_tool_is_named(void **state)
{
    (void)state;
    expect("Q=$P/bin/qemu-system-i386; rm -f $Q; printf '#!/bin/sh\\necho QEMU emulator version 2.11.0\\n' >$Q; "
           "chmod +x $P/bin/qemu-system-i386; PATH=$P/bin setup/doctor", 1,
           "setup: qemu-system-i386 is version 2.11.0, 6.2 or newer is needed");
    expect("setup/doctor", 0, "Everything is here.");
}

static void a_wrong_word_is_refused(void **state)
{
    (void)state;
    expect("setup/doctor frobnicate", 1, "unknown word 'frobnicate'");
}

static void the_check_is_quick(void **state)
{
    struct timespec start, end;

    (void)state;
    expect("setup/doctor check", 0, "");
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect("for i in 1 2 3 4 5; do setup/doctor check; done", 0, "");
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9 < 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_machine_is_accepted), cmocka_unit_test(a_missing_tool_is_named),
        cmocka_unit_test(a_normal_user_gets_one_line),    cmocka_unit_test(an_old_tool_is_named),
        cmocka_unit_test(a_wrong_word_is_refused),        cmocka_unit_test(the_check_is_quick),
    };

    return cmocka_run_group_tests(tests, commands_make, commands_remove);
}
