/*
 * The machine library (grader/host/machine.h), tried on the bare kernel run natively: what system tests rely on. Runs
 * repeat byte for byte, platforms agree, input arrives, and nothing that was started outlives its test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine.h"
#include "scratch.h"

#define BARE BUILD_FOLDER "/guests/bare.elf"
#define SAFETY 60 /* seconds of wall clock */

static struct machine *start(enum machine_platform platform, const char *words)
{
    struct machine_setup setup = { .platform = platform, .kernel = BARE, .options = words };
    struct machine *machine = machine_start(&setup);

    if (!machine)
        fail_msg("%s", machine_error());
    return machine;
}

/* Console of a native demonstration run, to be freed. Without the exit port (Bochs) its last line is its end. */
static char *demo_run(enum machine_platform platform)
{
    struct machine *machine = start(platform, "demo");

    assert_true(machine_wait_text(machine, "bare: end", SAFETY));
    if (platform == MACHINE_BOCHS) {
        assert_true(machine_wait_text(machine, "\n", SAFETY));
    } else {
        assert_true(machine_wait_exit(machine, SAFETY));
        assert_int_equal(machine_exit_code(machine), 1);
    }
    char *console = text_format("%s", machine_output(machine, NULL));
    machine_stop(machine);
    return console;
}

static void runs_repeat_exactly(void **state)
{
    char *first = demo_run(MACHINE_QEMU), *second = demo_run(MACHINE_QEMU);

    (void)state;
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void platforms_agree(void **state)
{
    char *direct = demo_run(MACHINE_QEMU), *grub = demo_run(MACHINE_QEMU_ISO), *bochs = demo_run(MACHINE_BOCHS);

    (void)state;
    assert_string_equal(direct, grub);
    assert_string_equal(direct, bochs);
    free(direct);
    free(grub);
    free(bochs);
}

static void input_arrives(void **state)
{
    struct machine *machine = start(MACHINE_QEMU, "shell");

    (void)state;
    assert_true(machine_wait_text(machine, "> ", SAFETY));
    assert_true(machine_send(machine, "echo over here\r", 15));
    assert_true(machine_wait_text(machine, "\nover here", SAFETY));
    assert_true(machine_send(machine, "halt\r", 5));
    assert_true(machine_wait_exit(machine, SAFETY));
    assert_false(machine_send(machine, "x", 1));
    assert_false(machine_wait_text(machine, "never printed", SAFETY));
    machine_stop(machine);
}

/* A machine that would wait for input for ever is stopped, with all it had. */
static void nothing_is_left_behind(void **state)
{
    (void)state;
    for (int platform = MACHINE_QEMU; platform <= MACHINE_BOCHS; platform++) {
        char *folder = scratch_create();
        setenv("TMPDIR", folder, 1);
        struct machine *machine = start(platform, "shell");
        assert_false(machine_wait_exit(machine, 0.3));
        int pid = machine_pid(machine);
        assert_int_equal(kill(pid, 0), 0);
        machine_stop(machine);
        assert_int_equal(kill(pid, 0), -1);
        assert_int_equal(errno, ESRCH);
        unsetenv("TMPDIR");
        assert_int_equal(rmdir(folder), 0); /* it is empty again */
        scratch_remove(folder);
    }
}

static void expect_refusal(const struct machine_setup *setup, const char *words)
{
    assert_null(machine_start(setup));
    if (!strstr(machine_error(), words))
        fail_msg("expected '%s' in '%s'", words, machine_error());
}

static void what_cannot_start_is_explained(void **state)
{
    const char *modules[] = { "/nowhere/guest.elf word", NULL };
    char *path = text_format("%s", getenv("PATH"));
    struct machine_setup good = { .kernel = BARE }, no_kernel = { .kernel = "/nowhere/kernel.elf" };
    struct machine_setup no_module = { .platform = MACHINE_QEMU_ISO, .kernel = BARE, .modules = modules };

    (void)state;
    expect_refusal(&no_kernel, "/nowhere/kernel.elf cannot be read; name an existing file");
    expect_refusal(&no_module, "/nowhere/guest.elf cannot be read; name an existing file");
    setenv("PATH", "/nowhere", 1);
    expect_refusal(&good, "qemu-system-i386 is missing; `make doctor` says how to get it");
    setenv("PATH", path, 1);
    free(path);
}

/* QEMU's own complaint is no guest's success, although both end with 1. */
static void qemu_errors_are_no_verdict(void **state)
{
    const char *extra[] = { "-device", "no-such-device", NULL };
    struct machine_setup setup = { .kernel = BARE, .extra = extra };
    struct machine *machine = machine_start(&setup);

    (void)state;
    assert_non_null(machine);
    assert_true(machine_wait_exit(machine, SAFETY));
    assert_int_equal(machine_exit_code(machine), -1);
    assert_non_null(strstr(machine_complaint(machine), "no-such-device"));
    machine_stop(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_repeat_exactly),
        cmocka_unit_test(platforms_agree),
        cmocka_unit_test(input_arrives),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(what_cannot_start_is_explained),
        cmocka_unit_test(qemu_errors_are_no_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
