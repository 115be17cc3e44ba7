/*
 * Scenes: whole runs of a machine and what is left of them, for the system tests (host side). A scene is a run that has
 * ended: everything its serial line said and its exit code. What goes wrong here fails the current cmocka test and
 * shows the console.
 */
#ifndef RINGLET_SCENE_H
#define RINGLET_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"

#define HYPERVISOR BUILD_FOLDER "/ringlet.elf"
#define BARE       BUILD_FOLDER "/guests/bare.elf"
#define BARE_POPF  BUILD_FOLDER "/guests/bare-popf.elf"
#define KERNELS    BUILD_FOLDER "/guests/tests/lab1-boot/"

/* More work for the bare kernel than its demonstration: while this lasts, others can do a lot. 256 letters at most. */
#define BARE_ROUND "threads+ticks+fault_all+privileged+ring3+mem+"
#define BARE_WORK  "run=" BARE_ROUND BARE_ROUND BARE_ROUND BARE_ROUND BARE_ROUND "date_check"

#define SAFETY     120 /* seconds of wall clock; nothing that passes comes near it */

/* Exit code of QEMU when a native guest ended with this status. */
#define NATIVE_EXIT(status) ((status) * 2 + 1)

struct scene {
    char *console; /* NUL behind it */
    size_t size;
    int code;      /* as machine_exit_code() */
};

/* Starts a machine; fails the test when that cannot be done. */
struct machine *scene_start(const struct machine_setup *setup);

/* Waits for the end of the machine, keeps what it said, and stops it. */
struct scene scene_end(struct machine *machine);

/* The same for a machine that will not end: what it said up to `last`, which must come. */
struct scene scene_cut(struct machine *machine, const char *last);

/* Sessions: types keys; waits for words (machine_wait_text) and fails with the console when they do not come. */
void scene_type(struct machine *machine, const char *keys);
void scene_await(struct machine *machine, const char *words);

/* A whole run; of the hypervisor with the guests named, a list that ends with NULL. */
struct scene scene_run(const struct machine_setup *setup);
struct scene scene_guests(const char *options, const char *const *guests);

void scene_free(struct scene *scene);

/* What guest `name` said in it, to be freed. */
char *scene_transcript(const struct scene *scene, const char *name);

/* What the bare kernel says natively when it runs its self-test: the yardstick. Made once, not to be freed. */
const char *bare_transcript(void);

/* The same for BARE_WORK. */
const char *bare_work_transcript(void);

bool scene_says(const struct scene *scene, const char *words);

/* Fail with the console unless it holds `words`, unless the code is that, unless `name` said what bare says alone. */
void expect_words(const struct scene *scene, const char *words);
void expect_no_words(const struct scene *scene, const char *words);
void expect_code(const struct scene *scene, int code);
void expect_bare(const struct scene *scene, const char *name);

/* Fails with the first line in which the two differ. */
void expect_same(const char *what, const char *expected, const char *actual);

/* How often `words` occur in `text`. */
unsigned words_count(const char *text, const char *words);

/* Runs the tests made at run time: as cmocka_run_group_tests, which takes only arrays. */
int tests_run(const char *group, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
              CMFixtureFunction teardown);

#endif
