/*
 * The transcript splitter (grader/host/transcript.c): what a guest printed comes back byte for byte from the mixed
 * console, however its lines were broken. A wrong splitter would hide differences between native and virtualized runs.
 */
/* sources: transcript.c scratch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transcript.h"

static void expect(const char *console, const char *name, const char *expected)
{
    size_t size;
    char *text = name ? transcript_guest(console, strlen(console), name, &size)
                      : transcript_hypervisor(console, strlen(console), &size);

    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
    free(text);
}

static void whole_lines_are_told_apart(void **state)
{
    static const char console[] = "hypervisor: here\r\n[a] one\r\n[b] two\n[a] three\r\ndomain 1 (a): ended\r\n";

    (void)state;
    expect(console, "a", "one\r\nthree\r\n");
    expect(console, "b", "two\n");
    expect(console, NULL, "hypervisor: here\r\ndomain 1 (a): ended\r\n");
    expect(console, "c", "");
}

static void broken_lines_are_joined(void **state)
{
    (void)state;
    expect("[a] hel\r\n[b] x\r\n[a]+lo\r\n", "a", "hello\r\n");
    expect("[a] hel\r\nhypervisor: x\r\n[a]+l\r\n[b] y\r\n[a]+o\n[a] next\n", "a", "hello\nnext\n");
    expect("[a]+first piece\n", "a", "first piece\n");
}

/* A guest may send a lone CR before the break; only the console's own CR LF is taken back. */
static void only_the_console_newline_is_dropped(void **state)
{
    (void)state;
    expect("[a] x\r\r\n[b] y\n[a]+\n", "a", "x\r\n");
    expect("[a] \r\n[b] y\n[a]+\r\n", "a", "\r\n");
}

static void names_match_whole(void **state)
{
    static const char console[] = "[ab] long\n[a] short\n[a][b] nested\n[a]none\n";

    (void)state;
    expect(console, "a", "short\n");
    expect(console, "ab", "long\n");
    expect("[a] [b] forged\n", "b", "");
    expect("[a] [b] forged\n", "a", "[b] forged\n");
}

static void odd_ends_are_safe(void **state)
{
    (void)state;
    expect("", "a", "");
    expect("[", "a", "");
    expect("[a]", "a", "");
    expect("[a] unfinished", "a", "unfinished");
    expect("[a]\n", NULL, "[a]\n");
}

/* Zero bytes are a guest's right too. */
static void zero_bytes_pass(void **state)
{
    static const char console[] = "[a] x\0y\n[b] z\n";
    size_t size;
    char *text = transcript_guest(console, sizeof(console) - 1, "a", &size);

    (void)state;
    assert_int_equal(size, 4);
    assert_memory_equal(text, "x\0y\n", 4);
    free(text);
}

/* Splits "hello, world\r\n" at every place and puts the other guest's line between. */
static void any_break_is_recovered(void **state)
{
    static const char text[] = "hello, world\r\n";
    char console[100];

    (void)state;
    for (int cut = 1; cut < (int)sizeof(text) - 1; cut++) {
        snprintf(console, sizeof(console), "[a] %.*s\r\n[b] between\r\n[a]+%s", cut, text, text + cut);
        expect(console, "a", text);
        expect(console, "b", "between\r\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lines_are_told_apart),
        cmocka_unit_test(broken_lines_are_joined),
        cmocka_unit_test(only_the_console_newline_is_dropped),
        cmocka_unit_test(names_match_whole),
        cmocka_unit_test(odd_ends_are_safe),
        cmocka_unit_test(zero_bytes_pass),
        cmocka_unit_test(any_break_is_recovered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
