/*
 * The floor mechanism and the hypervisor's own bugs, seen from outside. Each file of floors/ is linked with floor 1
 * into an image of its own (mk/tests.mk): one breaks the hypervisor on purpose, which must be reported so that a person
 * finds the place; some are put together wrongly, which must be found at boot; one tells in which order its hooks are
 * called. That an upward call does not link and an upward include does not compile is in unit/host/test_floors.c.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define IMAGE(name) BUILD_FOLDER "/floors/" name ".elf"

static struct scene image_run(const char *image, const char *options, const char *const *guests)
{
    struct machine_setup setup = { .kernel = image, .options = options, .modules = guests };

    return scene_run(&setup);
}

static struct scene panic_run(const char *image, const char *options)
{
    const char *guests[] = { BARE " demo", NULL };
    struct scene scene = image_run(image, options, guests);

    expect_code(&scene, MACHINE_PANIC);
    expect_words(&scene, "hypervisor: power off, status=panic\r\n");
    assert_int_equal(words_count(scene.console, "panic: "), 1);
    return scene;
}

/* A backtrace line "    f8101234 NAME+0x12" for each name, in this order. */
static void expect_backtrace(const struct scene *scene, const char *const *names)
{
    const char *place = strstr(scene->console, "  backtrace:\r\n");

    for (; place && *names; names++) {
        char *mark = text_format(" %s+0x", *names);
        place = strstr(place, mark);
        free(mark);
    }
    if (!place)
        fail_msg("no %s in the backtrace of this console:\n%s", names[-1], scene->console);
}

/* The function that faults does so before it has a stack frame, so its caller, faults_init, cannot be seen. */
static void expect_fault(const char *option, const char *vector_and_error, const char *function)
{
    const char *names[] = { function, "floors_call_init", "start", NULL };
    struct scene scene = panic_run(IMAGE("faults"), option);

    expect_words(&scene, "\npanic: exception 14 in the hypervisor\r\n");
    expect_words(&scene, "\n  eax ");
    expect_words(&scene, "\n  esi ");
    expect_words(&scene, vector_and_error);
    expect_words(&scene, "\n  no domain was running\r\n");
    expect_backtrace(&scene, names);
    scene_free(&scene);
}

static void an_unmapped_address(void **state)
{
    (void)state;
    expect_fault("break=unmapped", "vector 14  error 0000  cr2 f0000000", "faults_read_unmapped");
}

/* Error 3: the page is there, and it was a write. */
static void code_is_read_only(void **state)
{
    (void)state;
    expect_fault("break=text", "vector 14  error 0003  cr2 f81", "faults_write_text");
}

static void constants_are_read_only(void **state)
{
    (void)state;
    expect_fault("break=constant", "vector 14  error 0003  cr2 f81", "faults_write_constant");
}

static void a_stack_overflow(void **state)
{
    const char *names[] = { "faults_overflow", "faults_overflow", "faults_overflow", NULL };
    struct scene scene = panic_run(IMAGE("faults"), "break=stack");

    (void)state;
    expect_words(&scene, "\npanic: double fault: the stack overflowed, or the entry path is broken\r\n");
    expect_backtrace(&scene, names);
    scene_free(&scene);
}

static void a_failed_assertion(void **state)
{
    const char *names[] = { "faults_init", "floors_call_init", "start", NULL };
    struct scene scene = panic_run(IMAGE("faults"), "break=assert");

    (void)state;
    expect_words(&scene, "\npanic: assertion failed: constant == 3 (grader/system/floors/faults.c:");
    expect_backtrace(&scene, names);
    scene_free(&scene);
}

/* The image that can break does not, unless told so. */
static void the_same_image_runs(void **state)
{
    const char *guests[] = { BARE " demo", NULL };
    struct scene scene = image_run(IMAGE("faults"), NULL, guests);

    (void)state;
    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "bare");
    scene_free(&scene);
}

/* Bochs is not QEMU: its task switch and its page faults are another implementation. */
static void panics_in_bochs(void **state)
{
    static const char *const options[] = { "break=unmapped", "break=stack" };
    static const char *const words[] = { "\npanic: exception 14 in the hypervisor\r\n", "\npanic: double fault: " };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct machine_setup setup = { .platform = MACHINE_BOCHS, .kernel = IMAGE("faults"), .options = options[i] };
        struct scene scene = scene_run(&setup);
        expect_words(&scene, words[i]);
        expect_code(&scene, MACHINE_PANIC);
        scene_free(&scene);
    }
}

static void expect_boot_panic(const char *image, const char *words)
{
    struct scene scene = panic_run(image, NULL);

    expect_words(&scene, words);
    scene_free(&scene);
}

static void floors_put_together_wrongly(void **state)
{
    (void)state;
    expect_boot_panic(IMAGE("same-level"), "level 1 is taken by ");
    expect_boot_panic(IMAGE("missing-level"), "floor 2 is missing below floor 3");
    expect_boot_panic(IMAGE("same-hypercall"), "hypercall 7: two handlers");
    expect_boot_panic(IMAGE("beyond-hypercall"), "hypercall 64: the table has 64 slots");
}

static struct scene hooks_run(void)
{
    const char *guests[] = { BARE " name=one demo", BARE " name=refused demo", BARE " name=two demo", NULL };

    return image_run(IMAGE("hooks"), NULL, guests);
}

/* Each of the words behind the one before. */
static void expect_order(const struct scene *scene, const char *const *words)
{
    const char *place = scene->console;

    for (; *words; words++) {
        place = strstr(place, *words);
        if (!place)
            fail_msg("'%s' is missing or too early in this console:\n%s", *words, scene->console);
        place += strlen(*words);
    }
}

static void hooks_are_called_in_order(void **state)
{
    static const char *const orders[][5] = {
        { "hooks: init 2\r\n", "hooks: init 3\r\n", "hooks: domain_init 2 (one)", "hooks: domain_init 3 (one)" },
        { "hooks: recognise 3\r\n", "hooks: recognise 2\r\n", "domain 0 (one): started" },
        { "hooks: before_resume 3\r\n", "hooks: before_resume 2\r\n", "hooks: trap 3\r\n", "hooks: trap 2\r\n" },
        { "hooks: before_resume 2\r\n", "hooks: tick 2\r\n", "hooks: tick 3\r\n" },
        { "domain 0 (one): ended", "hooks: domain_destroy 3 (one)", "hooks: domain_destroy 2 (one)" },
    };
    struct scene scene = hooks_run();

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
        expect_order(&scene, orders[i]);
    scene_free(&scene);
}

static void an_empty_hypercall_is_enosys(void **state)
{
    struct scene scene = hooks_run();

    (void)state;
    expect_words(&scene, "hooks: hypercall 7 42, 8 -38, 64 -38, 4294967295 -38\r\n");
    scene_free(&scene);
}

/* Each domain begins with the template, and what it does with its copy no other sees. */
static void data_is_per_domain(void **state)
{
    struct scene scene = hooks_run();

    (void)state;
    expect_words(&scene, "hooks: domain_init 3 (one), count 1000, name nobody\r\n");
    expect_words(&scene, "hooks: domain_init 3 (two), count 1000, name nobody\r\n");
    expect_words(&scene, "hooks: domain_destroy 3 (one), name one, counted yes\r\n");
    expect_words(&scene, "hooks: domain_destroy 3 (two), name two, counted yes\r\n");
    scene_free(&scene);
}

/* Frames free when floor 2 saw the start of domain `name`. */
static unsigned long frames_seen(const struct scene *scene, const char *name)
{
    char *mark = text_format("hooks: domain_init 2 (%s), ", name);
    const char *line = strstr(scene->console, mark);

    assert_non_null(line);
    line += strlen(mark);
    free(mark);
    return strtoul(line, NULL, 10);
}

/* Floors 2 and 1 are undone, downward, the one that failed is not; every frame is back when the next domain starts. */
static void a_failed_domain_init_is_undone(void **state)
{
    static const char *const order[] = { "hooks: domain_init 2 (refused)", "hooks: domain_init 3 (refused)",
                                         "hooks: domain_destroy 2 (refused)", "[refused] !",
                                         "guest refused: refused: ", "hooks: domain_init 2 (two)", NULL };
    struct scene scene = hooks_run();
    char *one = scene_transcript(&scene, "one");

    (void)state;
    expect_order(&scene, order);
    expect_no_words(&scene, "domain_destroy 3 (refused)");
    assert_int_equal(frames_seen(&scene, "refused"), frames_seen(&scene, "two"));
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    assert_int_equal(one[0], '!'); /* floor 2 spoke for it before it was there */
    expect_same("one", bare_transcript(), one + 1);
    free(one);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unmapped_address),
        cmocka_unit_test(code_is_read_only),
        cmocka_unit_test(constants_are_read_only),
        cmocka_unit_test(a_stack_overflow),
        cmocka_unit_test(a_failed_assertion),
        cmocka_unit_test(the_same_image_runs),
        cmocka_unit_test(panics_in_bochs),
        cmocka_unit_test(floors_put_together_wrongly),
        cmocka_unit_test(hooks_are_called_in_order),
        cmocka_unit_test(an_empty_hypercall_is_enosys),
        cmocka_unit_test(data_is_per_domain),
        cmocka_unit_test(a_failed_domain_init_is_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
