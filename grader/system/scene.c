/*
 * Scenes (host side; see scene.h). Nothing here knows what a test is about: it runs machines and compares texts.
 */
#define _GNU_SOURCE
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "transcript.h"

/* A failed test leaves by longjmp and frees nothing; that is not what these programs are about. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* cmocka cuts its messages at 1 KiB, so a console goes out in front of them. */
static void console_show(const struct scene *scene)
{
    fwrite(scene->console, 1, scene->size, stdout);
    fputs("\n(end of the console)\n", stdout);
    fflush(stdout);
}

struct machine *scene_start(const struct machine_setup *setup)
{
    struct machine *machine = machine_start(setup);

    if (!machine)
        fail_msg("%s", machine_error());
    return machine;
}

static struct scene scene_take(struct machine *machine)
{
    struct scene scene = { 0 };
    const char *console = machine_output(machine, &scene.size);

    scene.console = memory_resize(NULL, scene.size + 1);
    memcpy(scene.console, console, scene.size + 1);
    scene.code = machine_exit_code(machine);
    machine_stop(machine);
    return scene;
}

struct scene scene_end(struct machine *machine)
{
    bool ended = machine_wait_exit(machine, SAFETY);
    struct scene scene = scene_take(machine);

    if (!ended) {
        console_show(&scene);
        fail_msg("the machine did not end within %d seconds", SAFETY);
    }
    return scene;
}

struct scene scene_cut(struct machine *machine, const char *last)
{
    bool found = machine_wait_text(machine, last, SAFETY);
    struct scene scene = scene_take(machine);

    if (!found) {
        console_show(&scene);
        fail_msg("'%s' did not come within %d seconds", last, SAFETY);
    }
    return scene;
}

void scene_type(struct machine *machine, const char *keys)
{
    assert_true(machine_send(machine, keys, strlen(keys)));
}

void scene_await(struct machine *machine, const char *words)
{
    if (!machine_wait_text(machine, words, SAFETY))
        fail_msg("'%s' did not come; the console:\n%s", words, machine_output(machine, NULL));
}

struct scene scene_run(const struct machine_setup *setup)
{
    return scene_end(scene_start(setup));
}

struct scene scene_guests(const char *options, const char *const *guests)
{
    struct machine_setup setup = { .kernel = HYPERVISOR, .options = options, .modules = guests };

    return scene_run(&setup);
}

void scene_free(struct scene *scene)
{
    free(scene->console);
    scene->console = NULL;
}

char *scene_transcript(const struct scene *scene, const char *name)
{
    return transcript_guest(scene->console, scene->size, name, NULL);
}

/* Natively; what it says becomes *transcript unless that is there already. */
static const char *bare_native(const char *options, char **transcript)
{
    if (!*transcript) {
        struct machine_setup setup = { .kernel = BARE, .options = options };
        struct scene scene = scene_run(&setup);
        expect_code(&scene, NATIVE_EXIT(0));
        *transcript = scene.console;
    }
    return *transcript;
}

const char *bare_transcript(void)
{
    static char *transcript;

    return bare_native("demo", &transcript);
}

const char *bare_work_transcript(void)
{
    static char *transcript;

    return bare_native(BARE_WORK, &transcript);
}

bool scene_says(const struct scene *scene, const char *words)
{
    return memmem(scene->console, scene->size, words, strlen(words)) != NULL;
}

void expect_words(const struct scene *scene, const char *words)
{
    if (scene_says(scene, words))
        return;
    console_show(scene);
    fail_msg("expected '%s' in this console", words);
}

void expect_no_words(const struct scene *scene, const char *words)
{
    if (!scene_says(scene, words))
        return;
    console_show(scene);
    fail_msg("did not expect '%s' in this console", words);
}

void expect_code(const struct scene *scene, int code)
{
    if (scene->code == code)
        return;
    console_show(scene);
    fail_msg("expected exit code %d, got %d", code, scene->code);
}

void expect_bare(const struct scene *scene, const char *name)
{
    char *transcript = scene_transcript(scene, name);

    if (strcmp(bare_transcript(), transcript) != 0)
        console_show(scene);
    expect_same(name, bare_transcript(), transcript);
    free(transcript);
}

void expect_same(const char *what, const char *expected, const char *actual)
{
    int line = 1;

    if (strcmp(expected, actual) == 0)
        return;
    for (;;) {
        size_t length = strcspn(expected, "\n");
        if (strncmp(expected, actual, length + 1) != 0)
            break;
        expected += length + 1;
        actual += length + 1;
        line++;
    }
    fail_msg("%s: line %d should be\n  %.*s\nbut is\n  %.*s", what, line, (int)strcspn(expected, "\n"), expected,
             (int)strcspn(actual, "\n"), actual);
}

unsigned words_count(const char *text, const char *words)
{
    unsigned count = 0;

    while ((text = strstr(text, words))) {
        text += strlen(words);
        count++;
    }
    return count;
}

int tests_run(const char *group, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
              CMFixtureFunction teardown)
{
    return _cmocka_run_group_tests(group, tests, count, setup, teardown);
}
