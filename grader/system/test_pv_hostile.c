/*
 * A hostile ring-1 guest makes random hypercalls with random and hostile arguments, for several seeds, while a bare
 * kernel beside it does all it can. The hypervisor stands, every frame comes back (it panics by itself when one does
 * not), the neighbour says what it says alone, and the same seed makes the same run. How long a run is, the environment
 * can say (make fuzz):
 *   SEEDS   "1 2 3"
 *   CALLS   number of hypercalls of a run
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define FUZZ      BUILD_FOLDER "/guests/tests/lab2-rings/fuzz.elf"
#define CALLS     "40000"
#define SEEDS_MAX 64
#define SLOWEST   2000 /* calls in a second of wall clock, on a machine that has other things to do */

static unsigned long calls;

/* One run: a seed, and where. */
struct run {
    unsigned long seed;
    const char *name, *options;
    enum machine_platform platform;
};

static struct scene hostile_run(const struct run *run)
{
    char *fuzz = text_format(FUZZ " name=hostile -- seed=%lu count=%lu", run->seed, calls);
    const char *guests[] = { fuzz, BARE " name=neighbour -- " BARE_WORK, NULL };
    struct machine_setup setup = { .platform = run->platform, .kernel = HYPERVISOR, .options = run->options,
                                   .modules = guests };
    struct machine *machine = scene_start(&setup);

    machine_wait_exit(machine, SAFETY + (double)calls / SLOWEST);
    free(fuzz);
    return scene_end(machine);
}

/* The guest itself looks at every call's registers, and now and then whether its traps still arrive. */
static void the_hypervisor_stands(void **state)
{
    struct scene scene = hostile_run(*state);
    char *said = scene_transcript(&scene, "neighbour"), *hostile = scene_transcript(&scene, "hostile");

    expect_no_words(&scene, "panic: ");
    expect_same("neighbour", bare_work_transcript(), said);
    expect_words(&scene, "\ndomain 1 (neighbour): ended, status 0\r\n");
    expect_words(&scene, "\ndomain 0 (hostile): ended, status 0\r\n");
    expect_words(&scene, "[hostile] Test result: SUCCESS");
    expect_code(&scene, MACHINE_SUCCESS);
    fputs(hostile, stdout);
    free(hostile);
    free(said);
    scene_free(&scene);
}

static void one_seed_is_one_run(void **state)
{
    struct scene first = hostile_run(*state), second = hostile_run(*state);

    expect_same("the same seed again", first.console, second.console);
    scene_free(&first);
    scene_free(&second);
}

static struct CMUnitTest tests[SEEDS_MAX + 3];
static size_t test_count;

static void test_add(CMUnitTestFunction function, const char *what, struct run run)
{
    struct run *state = memory_resize(NULL, sizeof(run));

    *state = run;
    tests[test_count++] = (struct CMUnitTest){
        .name = text_format("%s: seed %lu, %s", what, run.seed, run.name), .test_func = function,
        .initial_state = state,
    };
}

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

int main(void)
{
    const char *seeds = environment("SEEDS", "1 2 3");
    struct run run = { .name = "QEMU, paging", .options = "isolation=paging" };
    char *rest;

    calls = strtoul(environment("CALLS", CALLS), NULL, 10);
    for (; (run.seed = strtoul(seeds, &rest, 10)), rest != seeds && test_count < SEEDS_MAX; seeds = rest)
        test_add(the_hypervisor_stands, "the_hypervisor_stands", run);
    if (test_count == 0 || seeds[strspn(seeds, " ")] != '\0' || calls == 0) {
        fprintf(stderr, "test_pv_hostile: SEEDS must be 1 to %d numbers with blanks between them, CALLS one above 0\n",
                SEEDS_MAX);
        return 1;
    }
    run.seed = ((struct run *)tests[0].initial_state)->seed;
    test_add(one_seed_is_one_run, "one_seed_is_one_run", run);
    test_add(the_hypervisor_stands, "the_hypervisor_stands",
             (struct run){ run.seed, "QEMU, segments", "isolation=segments", MACHINE_QEMU });
    test_add(the_hypervisor_stands, "the_hypervisor_stands", (struct run){ run.seed, "Bochs", NULL, MACHINE_BOCHS });
    return tests_run("hostile hypercalls", tests, test_count, NULL, NULL);
}
