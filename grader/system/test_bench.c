/*
 * `make bench` as scripts use it: rows with the agreed fields and names, figures that repeat exactly and stay below
 * their limits, and one sentence for a file that cannot be written. That the fast trap passes the hypervisor by is
 * shown a second way, by QEMU's own log of traps.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "scene.h"
#include "scratch.h"

#define IMAGE      BUILD_FOLDER "/ringlet.elf"
#define FAST_TRAPS 1000 /* that the guest measures; it makes a few more to warm up */
#define PV_GUEST   BUILD_FOLDER "/guests/bench-pv.elf"

static char *folder;

/* Runs the program with its JSON going to `json`. What it said, to be freed; *status is its exit status. */
static char *bench_run(const char *json, int *status)
{
    char *log = text_format("%s/log", folder);
    char *arguments[] = { BUILD_FOLDER "/bench", "-j", (char *)json, IMAGE, BUILD_FOLDER "/guests/bench-bare.elf",
                          "isolation=paging " PV_GUEST " paging", "isolation=segments " PV_GUEST " segments",
                          "isolation=paging " BUILD_FOLDER "/guests/bench-mmu.elf", NULL };

    *status = command_run(arguments, folder, log);
    char *said = file_read(log, NULL);
    assert_non_null(said);
    free(log);
    return said;
}

static const struct {
    const char *name;
    double limit;    /* 0: none */
    double baseline; /* Xen 4.17 on the same QEMU; 0: nobody has measured one */
} expected[] = {
    { "emulate.cr0.bare", 500, 1505 },
    { "emulate.cli.bare", 0, 0 },
    { "emulate.int.iret.bare", 0, 0 },
    { "emulate.out.uart", 600, 0 },
    { "hypercall.null.paging", 150, 261 },
    { "emulate.cr0.pv", 500, 1505 },
    { "trap.bounce.ring3.hypercall", 0, 0 },
    { "trap.bounce.ring3", 250, 0 },
    { "trap.int80.direct", 2, 0 },
    { "trap.int80.hypervisor", 0, 0 },
    { "hypercall.null.segments", 120, 261 },
    { "mmu.update_va.same", 300, 591 },
    { "mmu.update_va.toggle", 450, 952 },
    { "mmu.batch.per_entry", 150, 0 },
};

static void row_check(const cJSON *row, size_t at)
{
    double value = cJSON_GetObjectItem(row, "value")->valuedouble;
    const cJSON *baseline = cJSON_GetObjectItem(row, "baseline");

    assert_string_equal(cJSON_GetObjectItem(row, "name")->valuestring, expected[at].name);
    printf("%s: %g, limit %g\n", expected[at].name, value, expected[at].limit);
    if (strcmp(expected[at].name, "trap.int80.hypervisor") == 0)
        assert_true(value == 0);
    else
        assert_true(value > 0 && (expected[at].limit == 0 || value <= expected[at].limit));
    assert_string_equal(cJSON_GetObjectItem(row, "unit")->valuestring, "instructions");
    if (expected[at].baseline == 0)
        assert_true(cJSON_IsNull(baseline));
    else
        assert_true(baseline->valuedouble == expected[at].baseline);
    assert_true(cJSON_IsString(cJSON_GetObjectItem(row, "note")));
}

static void rows_have_the_agreed_fields_and_limits(void **state)
{
    char *path = text_format("%s/rows.json", folder);
    int status;

    (void)state;
    free(bench_run(path, &status));
    assert_int_equal(status, 0);
    char *text = file_read(path, NULL);
    cJSON *root = cJSON_Parse(text), *row, *rows = cJSON_GetObjectItem(root, "rows");
    assert_int_equal(cJSON_GetArraySize(rows), sizeof(expected) / sizeof(expected[0]));
    size_t at = 0;
    cJSON_ArrayForEach(row, rows)
        row_check(row, at++);
    cJSON_Delete(root);
    free(text);
    free(path);
}

static void figures_repeat_exactly(void **state)
{
    char *path = text_format("%s/rows.json", folder);
    int status;

    (void)state;
    char *first = bench_run(path, &status), *second = bench_run(path, &status);
    assert_int_equal(status, 0);
    assert_string_equal(first, second);
    free(first);
    free(second);
    free(path);
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
    int status;
    char *said = bench_run("/nowhere/rows.json", &status);

    (void)state;
    assert_int_equal(status, 1);
    assert_non_null(strstr(said, "bench: /nowhere/rows.json: "));
    free(said);
}

/*
 * QEMU's log has a line "v=80 ... cpl=3" for each INT 0x80 and one for each trap besides. While the guest measures its
 * fast trap nothing but timer ticks comes between two of them; a bounce would be a #GP (v=0d) each time.
 */
static void the_fast_trap_is_seen_by_nobody(void **state)
{
    char *log = text_format("%s/traps", folder), *line, *rest;
    const char *guests[] = { PV_GUEST " paging", NULL }, *extra[] = { "-d", "int", "-D", log, NULL };
    struct machine_setup setup = { .clock = MACHINE_CLOCK_COUNT, .kernel = IMAGE, .options = "isolation=paging",
                                   .modules = guests, .extra = extra };
    struct scene scene = scene_run(&setup);
    unsigned fast = 0, others = 0;
    bool started = false;

    (void)state;
    expect_code(&scene, MACHINE_SUCCESS);
    char *text = rest = file_read(log, NULL);
    assert_non_null(text);
    while ((line = strsep(&rest, "\n"))) {
        bool is_fast = strstr(line, " v=80 ") || strstr(line, ": v=80 ");

        if (!strstr(line, ": v="))
            continue;
        started |= is_fast;
        fast += is_fast && strstr(line, "cpl=3");
        others += started && fast < FAST_TRAPS && !is_fast && !strstr(line, ": v=20 ");
    }
    printf("%u fast traps, %u other traps among them\n", fast, others);
    assert_in_range(fast, FAST_TRAPS, 2 * FAST_TRAPS);
    assert_in_range(others, 0, 8);
    free(text);
    free(log);
    scene_free(&scene);
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_the_agreed_fields_and_limits),
        cmocka_unit_test(figures_repeat_exactly),
        cmocka_unit_test(the_fast_trap_is_seen_by_nobody),
        cmocka_unit_test(a_file_that_cannot_be_written_is_named),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
