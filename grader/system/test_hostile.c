/*
 * A hostile guest executes 100,000 random instructions, for several seeds, while a bare kernel beside it does all it
 * can for as long. The hypervisor stands, every frame comes back (it panics by itself when one does not), and the
 * neighbour says what it says alone. What becomes of the hostile guest is its own affair; it is counted and printed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define INSTRUCTIONS 100000

static const unsigned seeds[] = { 1, 2, 3 };
#define SEEDS (sizeof(seeds) / sizeof(*seeds))

static unsigned ended, crashed;

/* One run for each seed, all started at once: whatever processors there are work at them. */
static struct machine *machines[SEEDS];

static struct machine *hostile_start(unsigned seed)
{
    char *fuzz = text_format(KERNELS "fuzz.elf name=hostile -- seed=%u n=%d", seed, INSTRUCTIONS);
    const char *guests[] = { fuzz, BARE " name=neighbour -- " BARE_WORK, NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);

    free(fuzz);
    return machine;
}

static int runs_start(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEEDS; i++)
        machines[i] = hostile_start(seeds[i]);
    bare_work_transcript();
    return 0;
}

static int counts_show(void **state)
{
    (void)state;
    printf("hostile guest: of %zu seeds %u ended by themselves, %u were ended by the hypervisor\n", SEEDS, ended,
           crashed);
    return 0;
}

static void the_hypervisor_stands(void **state)
{
    struct machine **machine = *state;
    struct scene scene = scene_end(*machine);
    char *said = scene_transcript(&scene, "neighbour");

    expect_no_words(&scene, "\npanic: ");
    expect_same("neighbour", bare_work_transcript(), said);
    expect_words(&scene, "\ndomain 1 (neighbour): ended, status 0\r\n");
    if (scene_says(&scene, "\ndomain 0 (hostile): crashed: ")) {
        crashed++;
        expect_code(&scene, MACHINE_GUEST_FAILURE);
    } else {
        ended++;
        expect_words(&scene, "\ndomain 0 (hostile): ended, status ");
        assert_true(scene.code == MACHINE_SUCCESS || scene.code == MACHINE_GUEST_FAILURE);
    }
    free(said);
    scene_free(&scene);
}

int main(void)
{
    struct CMUnitTest tests[SEEDS];

    for (size_t i = 0; i < SEEDS; i++)
        tests[i] = (struct CMUnitTest){
            .name = text_format("the_hypervisor_stands, seed %u", seeds[i]),
            .test_func = the_hypervisor_stands,
            .initial_state = &machines[i],
        };
    return tests_run("hostile", tests, SEEDS, runs_start, counts_show);
}
