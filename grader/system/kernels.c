/*
 * One-purpose kernels (host side; see kernels.h). A new folder is a new kernel: nothing is listed here.
 */
#define _GNU_SOURCE
#include "kernels.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#define NAME_SHOWN 15 /* letters of a name that the hypervisor keeps */

char *kernel_demand(const struct kernel *kernel, const char *key)
{
    char *mark = text_format("\n/* %s: ", key);
    const char *place = kernel->source ? strstr(kernel->source, mark) : NULL;
    const char *end = place ? strstr(place, " */") : NULL;
    char *value = end ? strndup(place + strlen(mark), end - place - strlen(mark)) : NULL;

    free(mark);
    return value;
}

bool kernel_demands(const struct kernel *kernel, const char *key, const char *value)
{
    char *demand = kernel_demand(kernel, key);
    bool same = demand && strcmp(demand, value) == 0;

    free(demand);
    return same;
}

static struct kernel *kernel_read(const char *floor, const char *name)
{
    struct kernel *kernel = memory_resize(NULL, sizeof(*kernel));
    char *path = text_format("guests/tests/%s/%s/main.c", floor, name);

    *kernel = (struct kernel){ .floor = floor, .name = text_format("%s", name), .source = file_read(path, NULL) };
    kernel->expect = kernel_demand(kernel, "expect");
    kernel->words = kernel_demand(kernel, "words");
    if (!kernel->words)
        kernel->words = text_format("%s", "");
    free(path);
    return kernel;
}

static int is_kernel(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

size_t kernels_read(const char *floor, struct kernel **kernels)
{
    char *folder = text_format("guests/tests/%s", floor);
    struct dirent **entries;
    int found = scandir(folder, &entries, is_kernel, alphasort);

    if (found <= 0 || found > KERNELS_MAX) {
        fprintf(stderr, "%s is empty or missing, or has over %d kernels; start tests in the top folder.\n", folder,
                KERNELS_MAX);
        exit(1);
    }
    for (int i = 0; i < found; i++)
        kernels[i] = kernel_read(floor, entries[i]->d_name);
    free(folder);
    return (size_t)found;
}

bool kernel_never_ends(const struct kernel *kernel)
{
    return kernel->expect && strcmp(kernel->expect, "runs") == 0;
}

char *kernel_module(const struct kernel *kernel, const char *options)
{
    return text_format(BUILD_FOLDER "/guests/tests/%s/%s.elf %s -- %s", kernel->floor, kernel->name, options,
                       kernel->words);
}

void expect_demand(const struct kernel *kernel)
{
    if (!kernel->expect)
        fail_msg("guests/tests/%s/%s/main.c has no line '/* expect: success */' (or crashed: WORDS, or runs)",
                 kernel->floor, kernel->name);
}

/* The hypervisor's verdict: the last line about the domain, to be freed. */
static char *verdict_read(const struct scene *scene, unsigned id, const struct kernel *kernel)
{
    char *start = text_format("\ndomain %u (%.*s): ", id, NAME_SHOWN, kernel->name), *verdict = NULL;
    const char *line = scene->console;

    while ((line = strstr(line, start))) {
        line += strlen(start);
        free(verdict);
        verdict = strndup(line, strcspn(line, "\r"));
    }
    free(start);
    return verdict ? verdict : strdup("");
}

void expect_verdict(const struct scene *scene, unsigned id, const struct kernel *kernel)
{
    char *verdict = verdict_read(scene, id, kernel), *colon = strstr(kernel->expect, ": ");
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

void expect_kernels_code(const struct scene *scene, struct kernel *const *kernels, size_t count)
{
    int code = MACHINE_SUCCESS;

    for (size_t i = 0; i < count; i++)
        if (strcmp(kernels[i]->expect, "success") != 0)
            code = MACHINE_GUEST_FAILURE;
    expect_code(scene, code);
}
