/*
 * A guest that hogs the processor costs its neighbours their share, not more. The stopwatch kernel does a fixed amount
 * of work and tells by the time-stamp counter how long it took; under -icount that is virtual time, the same in every
 * run. Beside n guests that never stop it may take n + 2 times as long as alone: n + 1 for the shares of equals, and
 * one for what switching and the hogs' own traps cost.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define HOGS_MAX   3
#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"

/* What it measured, in units of 1024 cycles, beside these guests. The run is cut when it has finished. */
static unsigned long stopwatch_run(const char *work, const char *const *hogs)
{
    char *stopwatch = text_format(KERNELS "stopwatch.elf -- work=%s", work);
    const char *guests[HOGS_MAX + 2] = { stopwatch };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };

    for (int i = 0; hogs[i]; i++)
        guests[i + 1] = hogs[i];
    struct scene scene = scene_cut(scene_start(&setup), "domain 0 (stopwatch): ended, status 0\r\n");
    const char *result = strstr(scene.console, "stopwatch: ");
    assert_non_null(result);
    unsigned long time = strtoul(result + strlen("stopwatch: "), NULL, 10);
    scene_free(&scene);
    free(stopwatch);
    return time;
}

static void share_check(const char *work, const char *const *hogs)
{
    const char *none[] = { NULL };
    unsigned long alone = stopwatch_run(work, none), beside = stopwatch_run(work, hogs);
    unsigned count = 0;

    while (hogs[count])
        count++;
    printf("work=%s beside %u hogs (%s): %lu kilocycles, alone %lu: %.2f times\n", work, count,
           strrchr(hogs[0], '/') + 1, beside, alone, (double)beside / alone);
    assert_in_range(beside, alone, alone * (count + 2));
}

static void works_check(const char *const *hogs)
{
    share_check("compute", hogs);
    share_check("trap", hogs);
    share_check("sleep", hogs);
}

static void beside_one_loop_with_interrupts_on(void **state)
{
    const char *hogs[] = { KERNELS "loop-on.elf", NULL };

    (void)state;
    works_check(hogs);
}

static void beside_one_loop_with_interrupts_off(void **state)
{
    const char *hogs[] = { KERNELS "loop-off.elf", NULL };

    (void)state;
    works_check(hogs);
}

static void beside_three_loops(void **state)
{
    const char *hogs[] = { KERNELS "loop-on.elf name=a", KERNELS "loop-off.elf name=b", KERNELS "loop-on.elf name=c",
                           NULL };

    (void)state;
    works_check(hogs);
}

/* These make the hypervisor itself work: it must not do so at the neighbour's expense. */
static void beside_traps_and_output(void **state)
{
    const char *traps[] = { KERNELS "trap-storm.elf", NULL };
    const char *output[] = { KERNELS "uart-flood.elf", NULL };
    const char *timer[] = { KERNELS "pit-storm.elf", NULL };

    (void)state;
    share_check("compute", traps);
    share_check("compute", output);
    share_check("compute", timer);
}

/* In ring 1 and in ring 3 of a paravirtual guest; and one that does nothing but call us. */
static void beside_ring1_loops(void **state)
{
    const char *loops[] = { PV_KERNELS "spin.elf", PV_KERNELS "spin-ring3.elf", NULL };
    const char *calls[] = { PV_KERNELS "call-storm.elf", NULL };

    (void)state;
    works_check(loops);
    share_check("compute", calls);
}

/* Who sleeps for ever takes nothing. */
static void beside_sleepers(void **state)
{
    const char *none[] = { NULL };
    const char *sleepers[] = { KERNELS "hlt-forever.elf", PV_KERNELS "sched-block.elf", NULL };
    unsigned long alone = stopwatch_run("compute", none), beside = stopwatch_run("compute", sleepers);

    (void)state;
    printf("beside two sleepers: %lu kilocycles, alone %lu\n", beside, alone);
    assert_in_range(beside, alone / 10 * 9, alone / 10 * 12);
}

/* As many as there may be, each with a timer: their ticks must not eat up their turns. */
static void sixteen_guests_all_get_on(void **state)
{
    char *guests[17] = { NULL };

    (void)state;
    for (int i = 0; i < 16; i++)
        guests[i] = text_format(BARE " name=g%d", i);
    struct scene scene = scene_guests("", (const char *const *)guests);
    assert_int_equal(scene.code, MACHINE_SUCCESS);
    for (int i = 0; i < 16; i++) {
        char *end = text_format("domain %d (g%d): ended, status 0\r\n", i, i);

        assert_non_null(strstr(scene.console, end));
        free(end);
        free(guests[i]);
    }
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beside_one_loop_with_interrupts_on),
        cmocka_unit_test(beside_one_loop_with_interrupts_off),
        cmocka_unit_test(beside_three_loops),
        cmocka_unit_test(beside_traps_and_output),
        cmocka_unit_test(beside_ring1_loops),
        cmocka_unit_test(beside_sleepers),
        cmocka_unit_test(sixteen_guests_all_get_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
