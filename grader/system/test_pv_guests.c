/*
 * Every one-purpose kernel of guests/tests/lab2-rings/ and lab3-mmu/ as its own text demands (kernels.h), beside the
 * bare kernel, which must not notice. "memory: 8M" in its text is how much it is given.
 *   QEMU, isolation=paging     each in a run of its own, so that a failure has one cause
 *   QEMU, isolation=segments   in groups; without those that say "segments: limits", for TCG has none
 *   Bochs, as probed           in groups: segments, and every limit is enforced
 * In a group up to 14 ring-1 kernels take turns on the CPU, so tables, gates and debug registers are switched all the
 * time. Turns are short there: the neighbour looks at its clock, and finds its threads starved when it waits too long.
 * Kernels that never end are one more group, and the neighbour's end is that run's.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "scene.h"
#include "scratch.h"

#define GROUP_MAX 14
#define FUZZ      "fuzz" /* test_pv_hostile.c runs it, with many seeds */

struct way {
    const char *name, *options;
    enum machine_platform platform;
    bool has_limits;
    size_t group_size;
};

static const struct way ways[] = {
    { "QEMU, paging", "isolation=paging", MACHINE_QEMU, true, 1 },
    { "QEMU, segments", "isolation=segments slice=1", MACHINE_QEMU, false, GROUP_MAX },
    { "Bochs", "slice=1", MACHINE_BOCHS, true, GROUP_MAX },
};

/* Kernels of one run. The scene is made for the first test that asks for it and stays. */
struct group {
    const struct way *way;
    size_t count;
    struct kernel *kernels[GROUP_MAX];
    bool is_run;
    struct scene scene;
};

/* One test: a kernel of a group; the neighbour comes behind the last. */
struct member {
    struct group *group;
    unsigned id;
};

/* Its module's line, with what its text says about memory. */
static char *module_of(const struct kernel *kernel)
{
    char *memory = kernel_demand(kernel, "memory");
    char *options = text_format("%s%s", memory ? "mem=" : "", memory ? memory : "");
    char *module = kernel_module(kernel, options);

    free(memory);
    free(options);
    return module;
}

static struct scene group_run(const struct group *group)
{
    const char *guests[GROUP_MAX + 2] = { NULL };
    struct machine_setup setup = { .platform = group->way->platform, .kernel = HYPERVISOR,
                                   .options = group->way->options, .modules = guests };

    for (size_t i = 0; i < group->count; i++)
        guests[i] = module_of(group->kernels[i]);
    guests[group->count] = BARE " demo";
    struct machine *machine = scene_start(&setup);
    if (!kernel_never_ends(group->kernels[0]))
        return scene_end(machine);
    char *last = text_format("domain %zu (bare): ended, status 0\r\n", group->count);
    struct scene scene = scene_cut(machine, last);
    free(last);
    return scene;
}

/* A run that could not be done fails once with its console, and is not tried again for each of its kernels. */
static const struct scene *scene_of(struct group *group)
{
    if (!group->is_run) {
        group->is_run = true;
        for (size_t i = 0; i < group->count; i++)
            expect_demand(group->kernels[i]);
        group->scene = group_run(group);
    }
    if (!group->scene.console)
        fail_msg("the run of this group has failed already");
    return &group->scene;
}

/* The kernel's own verdict is its last word, and none comes from one that had to be killed. */
static void expect_result(const struct scene *scene, const struct kernel *kernel)
{
    char *said = scene_transcript(scene, kernel->name), *result = strstr(said, "Test result: ");
    bool succeeds = strcmp(kernel->expect, "success") == 0;

    if (succeeds && (!result || strchr(result, '\n')[1] || !(strstr(result, "SUCCESS") || strstr(result, "SKIP"))))
        fail_msg("the last line should be 'Test result: SUCCESS' or SKIP, but it said\n%s", said);
    if (!succeeds && result && (strstr(result, "SUCCESS") || strstr(result, "FAILURE") || strstr(result, "ERROR")))
        fail_msg("no result is expected of a kernel that crashes, but it said\n%s", said);
    free(said);
}

static void as_it_demands(void **state)
{
    const struct member *member = *state;
    const struct scene *scene = scene_of(member->group);
    const struct kernel *kernel = member->group->kernels[member->id];

    expect_no_words(scene, "panic: ");
    if (kernel_never_ends(kernel))
        return;
    expect_result(scene, kernel);
    expect_verdict(scene, member->id, kernel);
}

/* The exit code counts frames too: the hypervisor panics at the end when one did not come back (guests.c). */
static void neighbour_unmoved(void **state)
{
    const struct member *member = *state;
    struct group *group = member->group;
    const struct scene *scene = scene_of(group);

    expect_no_words(scene, "panic: ");
    expect_bare(scene, "bare");
    if (!kernel_never_ends(group->kernels[0]))
        expect_kernels_code(scene, group->kernels, group->count);
}

static struct CMUnitTest tests[6 * KERNELS_MAX];
static size_t test_count;

static void test_add(struct group *group, unsigned id, CMUnitTestFunction function, const char *what)
{
    struct member *member = memory_resize(NULL, sizeof(*member));

    *member = (struct member){ group, id };
    tests[test_count++] = (struct CMUnitTest){
        .name = text_format("%s: %s", group->way->name, what), .test_func = function, .initial_state = member,
    };
}

static void group_close(struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        test_add(group, i, as_it_demands, group->kernels[i]->name);
    if (group->count > 0)
        test_add(group, 0, neighbour_unmoved,
                 group->count == 1 ? text_format("neighbour of %s", group->kernels[0]->name) : "neighbour");
}

static struct group *group_make(const struct way *way)
{
    struct group *group = memory_resize(NULL, sizeof(*group));

    *group = (struct group){ .way = way };
    return group;
}

/* Those that never end, or those that do, in groups of the way's size. */
static void groups_make(const struct way *way, struct kernel *const *kernels, size_t count, bool endless)
{
    struct group *group = group_make(way);
    size_t size = endless ? GROUP_MAX : way->group_size;

    for (size_t i = 0; i < count; i++) {
        if (kernel_never_ends(kernels[i]) != endless || strcmp(kernels[i]->name, FUZZ) == 0)
            continue;
        if (!way->has_limits && kernel_demands(kernels[i], "segments", "limits"))
            continue;
        group->kernels[group->count++] = kernels[i];
        if (group->count < size)
            continue;
        group_close(group);
        group = group_make(way);
    }
    group_close(group);
}

/* A group is of one floor, so that a floor's failures stay its own. */
static void floor_add(const char *floor)
{
    static struct kernel *kernels[KERNELS_MAX];
    size_t count = kernels_read(floor, kernels);

    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        groups_make(&ways[i], kernels, count, false);
        groups_make(&ways[i], kernels, count, true);
    }
}

int main(void)
{
    floor_add("lab2-rings");
    floor_add("lab3-mmu");
    return tests_run("paravirtual kernels", tests, test_count, NULL, NULL);
}
