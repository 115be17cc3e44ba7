/*
 * Every one-purpose kernel of guests/tests/lab1-boot/ as its own text demands, each in a run of its own beside the
 * bare kernel, which must not notice. A new folder there is a new test here: the tests are made from the folder. In a
 * kernel's main.c stand
 *   expect: success          it ends by itself with status 0 (or skips, status 3)
 *   expect: crashed: WORDS   the hypervisor ends it, and the reason has these words
 *   expect: runs             it never ends; the neighbour does all the same
 *   native: yes              the same file natively ends with success as well
 *   words: n=20000           its command line; none when this line is missing
 * each as a comment of its own line.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

#define FOLDER "guests/tests/lab1-boot"
#define KERNELS_MAX 256
#define NAME_SHOWN 15 /* letters of a name that the hypervisor keeps */

struct kernel {
    char *name;
    char *expect; /* NULL: it says nothing, which is an error */
    char *native;
    char *words;  /* NULL: none */
};

/* What stands behind "key: " in the comment of that form; NULL when there is none. */
static char *demand_read(const char *source, const char *key)
{
    char *mark = text_format("\n/* %s: ", key);
    const char *place = strstr(source, mark), *end = place ? strstr(place, " */") : NULL;
    char *value = end ? strndup(place + strlen(mark), end - place - strlen(mark)) : NULL;

    free(mark);
    return value;
}

static struct kernel *kernel_read(const char *name)
{
    struct kernel *kernel = memory_resize(NULL, sizeof(*kernel));
    char *path = text_format(FOLDER "/%s/main.c", name), *source = file_read(path, NULL);

    *kernel = (struct kernel){ .name = text_format("%s", name) };
    if (source) {
        kernel->expect = demand_read(source, "expect");
        kernel->native = demand_read(source, "native");
        kernel->words = demand_read(source, "words");
    }
    free(source);
    free(path);
    return kernel;
}

/* The hypervisor's verdict on the kernel, which is domain 0: the last line about it, to be freed. */
static char *verdict_read(const struct scene *scene, const struct kernel *kernel)
{
    char *start = text_format("domain 0 (%.*s): ", NAME_SHOWN, kernel->name), *verdict = NULL;
    const char *line = scene->console;

    while ((line = strstr(line, start))) {
        line += strlen(start);
        free(verdict);
        verdict = strndup(line, strcspn(line, "\r"));
    }
    free(start);
    return verdict ? verdict : strdup("");
}

static void verdict_check(const struct scene *scene, const struct kernel *kernel)
{
    char *verdict = verdict_read(scene, kernel), *colon = strstr(kernel->expect, ": ");
    bool right;

    if (colon)
        right = strncmp(verdict, "crashed: ", 9) == 0 && strstr(verdict, colon + 2);
    else
        right = strcmp(verdict, "ended, status 0") == 0 || strcmp(verdict, "ended, status 3") == 0;
    if (!right) {
        puts(scene->console);
        fail_msg("expected '%s', got '%s'", kernel->expect, verdict);
    }
    free(verdict);
}

static struct scene pair_run(const struct kernel *kernel, const char *neighbour)
{
    char *guest = text_format(KERNELS "%s.elf -- %s", kernel->name, kernel->words ? kernel->words : "");
    const char *guests[] = { guest, neighbour, NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests };
    struct machine *machine = scene_start(&setup);
    struct scene scene;

    if (strcmp(kernel->expect, "runs") == 0)
        scene = scene_cut(machine, "domain 1 (bare): ended, status 0\r\n");
    else
        scene = scene_end(machine);
    free(guest);
    return scene;
}

static void beside_a_neighbour(void **state)
{
    const struct kernel *kernel = *state;

    if (!kernel->expect)
        fail_msg(FOLDER "/%s/main.c has no line '/* expect: success */' (or crashed: WORDS, or runs)", kernel->name);
    struct scene scene = pair_run(kernel, BARE " demo");
    expect_bare(&scene, "bare");
    expect_no_words(&scene, "panic: ");
    if (strcmp(kernel->expect, "runs") != 0) {
        verdict_check(&scene, kernel);
        expect_code(&scene, strcmp(kernel->expect, "success") == 0 ? MACHINE_SUCCESS : MACHINE_GUEST_FAILURE);
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

static int is_kernel(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void test_add(struct CMUnitTest *tests, size_t *count, struct kernel *kernel, bool is_native)
{
    tests[(*count)++] = (struct CMUnitTest){
        .name = text_format("%s %s", kernel->name, is_native ? "natively" : "beside a neighbour"),
        .test_func = is_native ? natively : beside_a_neighbour,
        .initial_state = kernel,
    };
}

static size_t tests_make(struct CMUnitTest *tests)
{
    struct dirent **entries;
    int found = scandir(FOLDER, &entries, is_kernel, alphasort);
    size_t count = 0;

    for (int i = 0; i < found && count < KERNELS_MAX - 1; i++) {
        struct kernel *kernel = kernel_read(entries[i]->d_name);
        test_add(tests, &count, kernel, false);
        if (kernel->native && strcmp(kernel->native, "yes") == 0)
            test_add(tests, &count, kernel, true);
    }
    return count;
}

int main(void)
{
    static struct CMUnitTest tests[KERNELS_MAX];
    size_t count = tests_make(tests);

    if (count == 0) {
        fprintf(stderr, FOLDER " is empty or missing; start tests in the top folder.\n");
        return 1;
    }
    return tests_run("kernels", tests, count, NULL, NULL);
}
