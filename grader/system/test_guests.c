/*
 * Every one-purpose kernel of guests/tests/lab1-boot/ as its own text demands (kernels.h), each in a run of its own
 * beside the bare kernel, which must not notice. A new folder there is a new test here. Of a kernel with the comment
 *   native: yes              the same file natively ends with success as well
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "scene.h"
#include "scratch.h"

static struct scene pair_run(const struct kernel *kernel, const char *neighbour)
{
    char *guest = kernel_module(kernel, "");
    const char *guests[] = { guest, neighbour, NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);
    struct scene scene;

    if (kernel_never_ends(kernel))
        scene = scene_cut(machine, "domain 1 (bare): ended, status 0\r\n");
    else
        scene = scene_end(machine);
    free(guest);
    return scene;
}

static void beside_a_neighbour(void **state)
{
    struct kernel *kernel = *state;

    expect_demand(kernel);
    struct scene scene = pair_run(kernel, BARE " demo");
    expect_bare(&scene, "bare");
    expect_no_words(&scene, "panic: ");
    if (!kernel_never_ends(kernel)) {
        expect_verdict(&scene, 0, kernel);
        expect_kernels_code(&scene, &kernel, 1);
    }
    scene_free(&scene);
}

static void natively(void **state)
{
    const struct kernel *kernel = *state;
    char *image = text_format(KERNELS "%s.elf", kernel->name);
    struct machine_setup setup = { .kernel = image, .options = kernel->words };
    struct scene scene = scene_run(&setup);

    if (scene.code != NATIVE_EXIT(3))
        expect_code(&scene, NATIVE_EXIT(0));
    scene_free(&scene);
    free(image);
}

static struct CMUnitTest test_make(struct kernel *kernel, bool is_native)
{
    return (struct CMUnitTest){
        .name = text_format("%s %s", kernel->name, is_native ? "natively" : "beside a neighbour"),
        .test_func = is_native ? natively : beside_a_neighbour,
        .initial_state = kernel,
    };
}

int main(void)
{
    static struct kernel *kernels[KERNELS_MAX];
    static struct CMUnitTest tests[2 * KERNELS_MAX];
    size_t found = kernels_read("lab1-boot", kernels), count = 0;

    for (size_t i = 0; i < found; i++) {
        tests[count++] = test_make(kernels[i], false);
        if (kernel_demands(kernels[i], "native", "yes"))
            tests[count++] = test_make(kernels[i], true);
    }
    return tests_run("kernels", tests, count, NULL, NULL);
}
