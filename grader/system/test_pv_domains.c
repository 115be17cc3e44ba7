/*
 * Ring-1 guests as domains among others: they share the CPU with bare kernels and each other, end alone, and a person
 * at the keyboard stops one and lets it go on. What each says must be what it says alone; that every frame came back,
 * and so that the next guest could have it, the hypervisor itself says by not panicking at the end (guests.c).
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define DEMO       BUILD_FOLDER "/guests/demo-pv.elf"

static const char *const options[] = { "isolation=paging", "isolation=segments", "isolation=paging slice=1" };
#define OPTIONS (sizeof(options) / sizeof(*options))

/* What a ring-1 guest says when it has the machine for itself, to be freed. */
static char *said_alone(const char *guest, const char *name)
{
    char *module = text_format("%s name=%s", guest, name);
    const char *guests[] = { module, NULL };
    struct scene scene = scene_guests("isolation=paging", guests);
    char *said = scene_transcript(&scene, name);

    expect_code(&scene, MACHINE_SUCCESS);
    assert_true(strlen(said) > 0);
    scene_free(&scene);
    free(module);
    return said;
}

static void expect_said(const struct scene *scene, const char *name, const char *expected)
{
    char *said = scene_transcript(scene, name);

    expect_same(name, expected, said);
    free(said);
}

/* Two of each kind, and each has its work. */
static void two_of_each_kind(void **state)
{
    const char *guests[] = { PV_KERNELS "call-storm.elf name=storm", BARE " name=one demo",
                             PV_KERNELS "int-all.elf name=gates", BARE " name=two -- " BARE_WORK, NULL };
    char *storm = said_alone(PV_KERNELS "call-storm.elf", "storm");
    char *gates = said_alone(PV_KERNELS "int-all.elf", "gates");

    (void)state;
    for (size_t i = 0; i < OPTIONS; i++) {
        struct scene scene = scene_guests(options[i], guests);

        expect_code(&scene, MACHINE_SUCCESS);
        expect_bare(&scene, "one");
        expect_said(&scene, "two", bare_work_transcript());
        expect_said(&scene, "storm", storm);
        expect_said(&scene, "gates", gates);
        scene_free(&scene);
    }
    free(gates);
    free(storm);
}

/* The same image many times: whatever is per domain and was not, shows. The last one gets frames of those that ended. */
static void many_of_one_kind(void **state)
{
    const char *guests[17] = { NULL };
    char *alone = said_alone(PV_KERNELS "update-desc.elf", "guest00");

    (void)state;
    for (unsigned i = 0; i < 16; i++)
        guests[i] = text_format(PV_KERNELS "update-desc.elf name=guest%02u mem=2M", i);
    for (size_t i = 0; i < OPTIONS; i++) {
        struct scene scene = scene_guests(options[i], guests);

        expect_code(&scene, MACHINE_SUCCESS);
        for (unsigned guest = 0; guest < 16; guest++) {
            char *name = text_format("guest%02u", guest);
            expect_said(&scene, name, alone);
            free(name);
        }
        scene_free(&scene);
    }
    free(alone);
}

/* Each kind of end in one run: on its own, by its own report, in a handler, on the way out, in a call. */
static void ends_of_all_kinds(void **state)
{
    const char *guests[] = { PV_KERNELS "sched-crash.elf", PV_KERNELS "handler-faults.elf", PV_KERNELS "stack-hole.elf",
                             PV_KERNELS "failsafe-none.elf", PV_KERNELS "iret-ring0.elf", PV_KERNELS "registers.elf",
                             PV_KERNELS "switch-hole.elf", BARE " demo", NULL };

    (void)state;
    for (size_t i = 0; i < OPTIONS; i++) {
        struct scene scene = scene_guests(options[i], guests);

        expect_no_words(&scene, "panic: ");
        expect_code(&scene, MACHINE_GUEST_FAILURE);
        assert_int_equal(words_count(scene.console, "): crashed: "), 6);
        expect_words(&scene, "(registers): ended, status 0\r\n");
        expect_bare(&scene, "bare");
        scene_free(&scene);
    }
}

/* One that never gives up the CPU is stopped where it is and goes on; the other is talked to meanwhile. */
static void a_loop_is_paused_and_goes_on(void **state)
{
    const char *guests[] = { PV_KERNELS "spin.elf", BARE " shell", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);

    (void)state;
    scene_await(machine, "[spin] ");
    scene_type(machine, "\ap");
    scene_await(machine, "domain 0 (spin): paused");
    scene_type(machine, "\a?");
    scene_await(machine, "domain 0 (spin): alive, paused, has the keyboard");
    scene_type(machine, "\a1");
    scene_await(machine, "keys go to domain 1 (bare)");
    scene_type(machine, "echo still here\r");
    scene_await(machine, "[bare] still here");
    scene_type(machine, "\a0");
    scene_await(machine, "keys go to domain 0 (spin)");
    scene_type(machine, "\ap");
    scene_await(machine, "domain 0 (spin): goes on");
    scene_type(machine, "\aq");
    struct scene scene = scene_end(machine);
    expect_code(&scene, MACHINE_SUCCESS);
    scene_free(&scene);
}

/* A pause is a pause: the kernel that would be done long before its neighbour has not ended when that one has. */
static void nothing_runs_in_a_pause(void **state)
{
    const char *guests[] = { PV_KERNELS "call-storm.elf name=storm", BARE " name=two -- " BARE_WORK, NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);
    size_t size;

    (void)state;
    scene_await(machine, "domain 1 (two): started");
    scene_type(machine, "\ap");
    scene_await(machine, "domain 0 (storm): paused");
    scene_await(machine, "domain 1 (two): ended, status 0");
    assert_null(strstr(machine_output(machine, &size), "(storm): ended"));
    scene_type(machine, "\ap");
    scene_await(machine, "domain 0 (storm): goes on");
    scene_await(machine, "domain 0 (storm): ended, status 0");
    struct scene scene = scene_end(machine);
    expect_code(&scene, MACHINE_SUCCESS);
    expect_said(&scene, "two", bare_work_transcript());
    scene_free(&scene);
}

/* What `make run` shows, and what a person types at it. */
static void the_demonstration_answers(void **state)
{
    const char *guests[] = { DEMO " shell", BARE " name=two demo", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);

    (void)state;
    scene_await(machine, "[demo-pv] program: ring 3");
    scene_await(machine, "domain 1 (two): ended, status 0");
    scene_type(machine, "exit\r");
    scene_await(machine, "domain 0 (demo-pv): ended, status 0");
    struct scene scene = scene_end(machine);
    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "two");
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_of_each_kind),
        cmocka_unit_test(many_of_one_kind),
        cmocka_unit_test(ends_of_all_kinds),
        cmocka_unit_test(a_loop_is_paused_and_goes_on),
        cmocka_unit_test(nothing_runs_in_a_pause),
        cmocka_unit_test(the_demonstration_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
