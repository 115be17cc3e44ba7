/*
 * Floors stay floors (mk/build.mk): a tree of two small floors is built with the real Makefile. Downward calls and
 * includes work; an upward call does not link, an upward include does not compile. The floors' files are written here.
 */
/* sources: scratch.c */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"

static const char link_script[] =
    "ENTRY(_start) SECTIONS { . = 0xF8100000; .text : { *(.text) } .data : { *(.data .rodata* .bss) }"
    " .symbols : { *(.symbols) } /DISCARD/ : { *(.note*) *(.comment) } }";

static char *folder;

static void place(const char *name, const char *text)
{
    char *path = text_format("%s/solution/%s", folder, name);

    assert_true(file_write(path, text));
    free(path);
}

static void take_away(const char *name)
{
    char *path = text_format("%s/solution/%s", folder, name);

    remove(path);
    free(path);
}

/* Floor 1 can be called; floor 2 calls it. */
static int tree_make(void **state)
{
    static const char *const parts[] = { "solution", "solution/lab1-boot", "solution/lab2-rings" };

    (void)state;
    folder = scratch_create();
    assert_non_null(folder);
    for (int i = 0; i < 3; i++) {
        char *path = text_format("%s/%s", folder, parts[i]);
        mkdir(path, 0777);
        free(path);
    }
    place("lab1-boot/ringlet.ld", link_script);
    place("lab1-boot/start.S", ".global _start\n_start: call lower\nhlt\n.section .note.GNU-stack, \"\", @progbits\n");
    place("lab1-boot/lower.h", "void lower(void);\n");
    place("lab1-boot/lower.c", "#include \"lower.h\"\nvoid lower(void)\n{\n}\n");
    place("lab2-rings/upper.h", "void upper(void);\n");
    place("lab2-rings/upper.c", "#include \"upper.h\"\n#include \"lower.h\"\nvoid upper(void)\n{\n    lower();\n}\n");
    return 0;
}

static int tree_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* Builds the image of a lab with the project's own Makefile; 0 when that worked. *said is what make said. */
static int image_make(int lab, char **said)
{
    char *log = text_format("%s/log", folder);
    char *command = text_format("unset MAKEFLAGS MAKELEVEL MFLAGS; make SOURCES=%s/solution BUILD=%s/build "
                                "%s/build/ringlet-lab%d.elf", folder, folder, folder, lab);
    char *arguments[] = { "sh", "-c", command, NULL };
    int status = command_run(arguments, folder, log);

    *said = file_read(log, NULL);
    assert_non_null(*said);
    free(command);
    free(log);
    return status;
}

static void expect_success(int lab)
{
    char *said;
    int status = image_make(lab, &said);

    if (status != 0)
        fail_msg("lab %d should build, but make said:\n%s", lab, said);
    free(said);
}

static void expect_failure(int lab, const char *word)
{
    char *said;
    int status = image_make(lab, &said);

    if (status == 0 || !strstr(said, word))
        fail_msg("lab %d should fail with '%s', but ended with %d:\n%s", lab, word, status, said);
    free(said);
}

static void downward_calls_build(void **state)
{
    (void)state;
    expect_success(1);
    expect_success(2);
}

static void an_upward_call_does_not_link(void **state)
{
    (void)state;
    place("lab1-boot/upward.c", "void upper(void);\nvoid upward(void);\nvoid upward(void)\n{\n    upper();\n}\n");
    expect_failure(1, "undefined reference to `upper'");
    expect_success(2); /* the same call is there, so only the floor made the difference */
    take_away("lab1-boot/upward.c");
}

static void an_upward_include_does_not_compile(void **state)
{
    (void)state;
    place("lab1-boot/upward.c", "#include \"upper.h\"\nextern int something;\n");
    expect_failure(1, "upper.h");
    take_away("lab1-boot/upward.c");
    place("lab2-rings/sideways.c", "#include \"upper.h\"\nextern int something;\n");
    expect_success(2);
}

/* The image knows the names of its code: the second link put them there. */
static void the_image_names_its_code(void **state)
{
    (void)state;
    expect_success(2);
    char *path = text_format("%s/build/ringlet-lab2.symbols.S", folder);
    char *table = file_read(path, NULL);
    assert_non_null(table);
    assert_non_null(strstr(table, ".asciz \"lower\""));
    assert_non_null(strstr(table, ".asciz \"upper\""));
    free(table);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(downward_calls_build),
        cmocka_unit_test(an_upward_call_does_not_link),
        cmocka_unit_test(an_upward_include_does_not_compile),
        cmocka_unit_test(the_image_names_its_code),
    };

    return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
