/*
 * The claim of the first floor: a kernel that knows nothing of hypervisors says the same, byte for byte, whether it
 * owns the machine or not; however it was loaded, on two emulators, alone or beside others, and when a person types.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define DEMO BARE " demo"
#define GUEST_PROMPT "bare> "

static void native_platforms_agree(void **state)
{
    struct machine_setup setup = { .kernel = BARE, .options = "demo", .platform = MACHINE_QEMU_ISO };
    struct scene scene = scene_run(&setup);

    (void)state;
    expect_code(&scene, NATIVE_EXIT(0));
    expect_same("native, from the ISO", bare_transcript(), scene.console);
    scene_free(&scene);
}

/* Bochs has no exit port: the run is cut at the kernel's last words. */
static void native_bochs_agrees(void **state)
{
    struct machine_setup setup = { .kernel = BARE, .options = "demo", .platform = MACHINE_BOCHS };
    struct scene scene = scene_cut(scene_start(&setup), "bare: end, 0 failed\r\n");

    (void)state;
    expect_same("native, in Bochs", bare_transcript(), scene.console);
    scene_free(&scene);
}

static void virtualized_on(enum machine_platform platform)
{
    const char *guests[] = { DEMO, NULL };
    struct machine_setup setup = { .platform = platform, .kernel = HYPERVISOR, .modules = guests };
    struct scene scene = scene_run(&setup);

    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "bare");
    scene_free(&scene);
}

static void virtualized_in_qemu(void **state)
{
    (void)state;
    virtualized_on(MACHINE_QEMU);
}

static void virtualized_from_an_iso(void **state)
{
    (void)state;
    virtualized_on(MACHINE_QEMU_ISO);
}

static void virtualized_in_bochs(void **state)
{
    (void)state;
    virtualized_on(MACHINE_BOCHS);
}

/* The same run twice: not only the guest's lines but the whole console, so the order of switches too. */
static void a_run_repeats_exactly(void **state)
{
    const char *guests[] = { BARE " name=one demo", BARE " name=two demo", NULL };
    struct scene first = scene_guests(NULL, guests), second = scene_guests(NULL, guests);

    (void)state;
    expect_same("the same run again", first.console, second.console);
    scene_free(&first);
    scene_free(&second);
}

static void three_guests_do_not_notice(void **state)
{
    const char *guests[] = { BARE " name=one demo", BARE " name=two mem=8M -- demo", BARE " name=three", NULL };

    (void)state;
    for (int count = 3; count >= 2; count--) {
        guests[count] = NULL;
        struct scene scene = scene_guests("slice=1", guests);
        expect_code(&scene, MACHINE_SUCCESS);
        expect_bare(&scene, "one");
        expect_bare(&scene, "two");
        if (count == 3)
            expect_bare(&scene, "three");
        scene_free(&scene);
    }
}

static void three_guests_in_bochs(void **state)
{
    const char *guests[] = { BARE " name=one demo", BARE " name=two demo", BARE " name=three demo", NULL };
    struct machine_setup setup = { .platform = MACHINE_BOCHS, .kernel = HYPERVISOR, .modules = guests };
    struct scene scene = scene_run(&setup);

    (void)state;
    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "one");
    expect_bare(&scene, "two");
    expect_bare(&scene, "three");
    scene_free(&scene);
}

/* Types each line once the one before has been answered; the last one ends the guest. */
static void dialogue(struct machine *machine, const char *const *lines)
{
    for (; *lines; lines++) {
        scene_await(machine, GUEST_PROMPT);
        scene_type(machine, *lines);
    }
}

static const char *const session[] = { "echo over here\r", "exo\b\bcho typing errors\x7f\x7f\x7f\r", "nonsense\r",
                                       "ticks\r", "threads\r", "fault divide\r", "date check\r", "halt\r", NULL };

/* What a native shell says when this is typed, to be freed. */
static char *session_native(const char *const *lines, int status)
{
    struct machine_setup setup = { .kernel = BARE, .options = "shell run=" };
    struct machine *machine = scene_start(&setup);

    dialogue(machine, lines);
    struct scene scene = scene_end(machine);
    expect_code(&scene, NATIVE_EXIT(status));
    return scene.console;
}

static void a_typed_session_is_the_same(void **state)
{
    const char *guests[] = { BARE " shell run=", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);
    char *native = session_native(session, 1); /* "nonsense" is a failure */

    (void)state;
    dialogue(machine, session);
    struct scene scene = scene_end(machine);
    char *said = scene_transcript(&scene, "bare");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    assert_non_null(strstr(native, "\nover here\r\n"));
    expect_same("typed session", native, said);
    free(said);
    free(native);
    scene_free(&scene);
}

/* Two shells; the keyboard goes from one to the other and back. Ctrl-G twice is one Ctrl-G, which a shell ignores. */
static struct scene switching_run(void)
{
    const char *guests[] = { BARE " name=one shell run=", BARE " name=two shell run=", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);

    scene_await(machine, GUEST_PROMPT);
    scene_await(machine, GUEST_PROMPT);
    scene_type(machine, "echo first\r");
    scene_await(machine, GUEST_PROMPT);
    scene_type(machine, "\a1");
    scene_await(machine, "hypervisor: keys go to domain 1 (two)\r\n");
    scene_type(machine, "echo sec\a\aond\r");
    scene_await(machine, GUEST_PROMPT);
    scene_type(machine, "\a0");
    scene_await(machine, "hypervisor: keys go to domain 0 (one)\r\n");
    scene_type(machine, "echo third\r");
    scene_await(machine, GUEST_PROMPT);
    scene_type(machine, "\a?");
    scene_await(machine, "domain 0 (one): alive, has the keyboard\r\n");
    scene_await(machine, "domain 1 (two): alive\r\n");
    scene_type(machine, "halt\r");
    scene_await(machine, "domain 0 (one): ended, status 0\r\n");
    scene_type(machine, "halt\r"); /* the keyboard has gone to the one that is left */
    return scene_end(machine);
}

static void the_keyboard_is_switched(void **state)
{
    static const char *const of_one[] = { "echo first\r", "echo third\r", "halt\r", NULL };
    static const char *const of_two[] = { "echo second\r", "halt\r", NULL };
    struct scene scene = switching_run();
    char *said_one = scene_transcript(&scene, "one"), *said_two = scene_transcript(&scene, "two");
    char *alone_one = session_native(of_one, 0), *alone_two = session_native(of_two, 0);

    (void)state;
    expect_code(&scene, MACHINE_SUCCESS);
    expect_same("one", alone_one, said_one);
    expect_same("two", alone_two, said_two);
    free(said_one);
    free(said_two);
    free(alone_one);
    free(alone_two);
    scene_free(&scene);
}

static void a_key_powers_off(void **state)
{
    const char *guests[] = { BARE " shell run=", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);

    (void)state;
    scene_await(machine, GUEST_PROMPT);
    scene_type(machine, "\a9");
    scene_await(machine, "hypervisor: there is no domain 9; Ctrl-G ? lists them\r\n");
    scene_type(machine, "\ax");
    scene_await(machine, "hypervisor: Ctrl-G takes a domain's number, ?, p or q\r\n");
    scene_type(machine, "\aq");
    struct scene scene = scene_end(machine);
    expect_code(&scene, MACHINE_SUCCESS);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_platforms_agree),
        cmocka_unit_test(native_bochs_agrees),
        cmocka_unit_test(virtualized_in_qemu),
        cmocka_unit_test(virtualized_from_an_iso),
        cmocka_unit_test(virtualized_in_bochs),
        cmocka_unit_test(a_run_repeats_exactly),
        cmocka_unit_test(three_guests_do_not_notice),
        cmocka_unit_test(three_guests_in_bochs),
        cmocka_unit_test(a_typed_session_is_the_same),
        cmocka_unit_test(the_keyboard_is_switched),
        cmocka_unit_test(a_key_powers_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
