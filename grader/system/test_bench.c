/*
 * `make bench` as scripts use it: rows with the agreed fields and names, figures that repeat exactly, and one sentence
 * for a file that cannot be written. What the figures must not exceed is the hypervisor's own test.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "scratch.h"

#define IMAGE BUILD_FOLDER "/ringlet.elf"
#define GUEST BUILD_FOLDER "/guests/bench-bare.elf"

static char *folder;

/* Runs the program with its JSON going to `json`. What it said, to be freed; *status is its exit status. */
static char *bench_run(const char *json, int *status)
{
    char *log = text_format("%s/log", folder);
    char *arguments[] = { BUILD_FOLDER "/bench", "-j", (char *)json, IMAGE, GUEST, NULL };

    *status = command_run(arguments, folder, log);
    char *said = file_read(log, NULL);
    assert_non_null(said);
    free(log);
    return said;
}

static const char *const names[] = { "emulate.cr0.bare", "emulate.cli.bare", "emulate.int.iret.bare",
                                     "emulate.out.uart" };

static void rows_have_the_agreed_fields(void **state)
{
    char *path = text_format("%s/rows.json", folder);
    int status;

    (void)state;
    free(bench_run(path, &status));
    assert_int_equal(status, 0);
    char *text = file_read(path, NULL);
    cJSON *root = cJSON_Parse(text), *row, *rows = cJSON_GetObjectItem(root, "rows");
    assert_int_equal(cJSON_GetArraySize(rows), sizeof(names) / sizeof(names[0]));
    size_t at = 0;
    cJSON_ArrayForEach(row, rows) {
        assert_string_equal(cJSON_GetObjectItem(row, "name")->valuestring, names[at++]);
        assert_true(cJSON_GetObjectItem(row, "value")->valuedouble > 0);
        assert_string_equal(cJSON_GetObjectItem(row, "unit")->valuestring, "instructions");
        assert_non_null(cJSON_GetObjectItem(row, "baseline")); /* null where nobody has measured one */
        assert_true(cJSON_IsString(cJSON_GetObjectItem(row, "note")));
    }
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
        cmocka_unit_test(rows_have_the_agreed_fields),
        cmocka_unit_test(figures_repeat_exactly),
        cmocka_unit_test(a_file_that_cannot_be_written_is_named),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
