/*
 * One-purpose kernels and what they say of themselves, for the system tests that run them (host side). A kernel is a
 * folder guests/tests/<floor>/<name>/, and in its main.c stand
 *   expect: success          it ends by itself with status 0 (or skips)
 *   expect: crashed: WORDS   the hypervisor ends it, and the reason has these words
 *   expect: runs             it never ends; its neighbours do all the same
 * and whatever else a test asks for, each as a comment of its own line.
 */
#ifndef RINGLET_KERNELS_H
#define RINGLET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "scene.h"

#define KERNELS_MAX 256

struct kernel {
    const char *floor; /* its folder's name */
    char *name;
    char *source;      /* text of main.c; NULL: there is none */
    char *expect;      /* NULL: it says nothing, which is an error */
    char *words;       /* "words: n=20000": its command line; "" when that line is missing */
};

/* All kernels of a floor, by name; how many. They stay. Ends the program with a sentence when there are none. */
size_t kernels_read(const char *floor, struct kernel **kernels);

/* What stands behind "key: " in the comment of that form, to be freed; NULL when there is none. */
char *kernel_demand(const struct kernel *kernel, const char *key);

/* It has that comment, with this value. */
bool kernel_demands(const struct kernel *kernel, const char *key, const char *value);

bool kernel_never_ends(const struct kernel *kernel);

/* As a boot module; `options` are the hypervisor's for it, or "". To be freed. */
char *kernel_module(const struct kernel *kernel, const char *options);

/* Fails unless the kernel says what it expects. */
void expect_demand(const struct kernel *kernel);

/* Fails with the console unless domain `id`, which is the kernel, came to the end it expects. */
void expect_verdict(const struct scene *scene, unsigned id, const struct kernel *kernel);

/* Fails unless the exit code is that of a run with these kernels and otherwise only good guests. */
void expect_kernels_code(const struct scene *scene, struct kernel *const *kernels, size_t count);

#endif
