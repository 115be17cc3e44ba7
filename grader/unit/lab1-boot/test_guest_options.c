/* sources: guest_options.c text_on_host.c */
/*
 * Unit tests of a boot module's command line (floor 1): the format of guests.h, word by word, then random lines in
 * allocations of exactly their size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests.h"
#include "xorshift.h"

static struct guest_image image;

static const char *parse(const char *line)
{
    memset(&image, '#', sizeof(image));
    return guest_options_parse(line, &image);
}

static void accepted(const char *line, const char *name, uint32_t megabytes, const char *rest)
{
    const char *reason = parse(line);

    if (reason != NULL)
        fail_msg("%s: %s", line, reason);
    assert_string_equal(image.name, name);
    assert_int_equal(image.memory, megabytes << 20);
    assert_string_equal(image.command_line, rest);
}

static void refused(const char *line, const char *word)
{
    const char *reason = parse(line);

    if (reason == NULL || strstr(reason, word) == NULL)
        fail_msg("%s: expected a reason with \"%s\", got %s", line, word, reason == NULL ? "none" : reason);
    assert_in_range(strnlen(image.name, sizeof(image.name)), 1, sizeof(image.name) - 1);
}

static void names_come_from_the_file(void **state)
{
    (void)state;
    accepted("bare", "bare", 4, "");
    accepted("build/guests/bare.elf", "bare", 4, "");
    accepted("/boot/kernel.bin", "kernel", 4, "");
    accepted("a/b.elf/c", "c", 4, "");
    accepted("x.elf.bin", "x.elf", 4, "");
    accepted("x.bin.elf", "x", 4, "");
    accepted(".elf", ".elf", 4, "");
    accepted("dir/", "guest", 4, "");
    accepted("", "guest", 4, "");
    accepted("   ", "guest", 4, "");
    accepted("a-very-long-file-name.elf", "a-very-long-fil", 4, "");
    accepted("file name=other", "other", 4, "");
    accepted("file name=fifteen-letters", "fifteen-letters", 4, "");
}

static void memory_sizes(void **state)
{
    (void)state;
    accepted("f mem=8M", "f", 8, "");
    accepted("f mem=1M", "f", 1, "");
    accepted("f mem=64M", "f", 64, "");
    accepted("f mem=2048K", "f", 2, "");
    accepted("f mem=4194304", "f", 4, "");
    assert_null(parse("f mem=1028K"));
    assert_int_equal(image.memory, 1028 << 10);
    refused("f mem=", "no size");
    refused("f mem=lots", "no size");
    refused("f mem=8MB", "no size");
    refused("f mem=99999999999", "no size");
    refused("f mem=1023K", "4 KiB pages");
    refused("f mem=65M", "4 KiB pages");
    refused("f mem=0", "4 KiB pages");
    refused("f mem=1030K", "4 KiB pages");
    refused("f mem=4194305", "4 KiB pages");
}

static void the_guests_own_words(void **state)
{
    (void)state;
    accepted("f quiet mem=8M", "f", 4, "quiet mem=8M");
    accepted("f mem=8M name=g loud mem=1M", "g", 8, "loud mem=1M");
    accepted("f -- mem=8M", "f", 4, "mem=8M");
    accepted("f mem=8M -- --", "f", 8, "--");
    accepted("f --", "f", 4, "");
    accepted("  f \t mem=8M \t  a  b ", "f", 8, "a  b ");
    accepted("f --x", "f", 4, "--x");
}

static void what_nobody_knows_is_refused(void **state)
{
    (void)state;
    refused("f men=8M", "unknown option");
    refused("f memory=8M", "unknown option");
    refused("f me=8M", "unknown option");
    refused("f =8M", "unknown option");
    refused("f mem=8M foo=1", "unknown option");
    refused("f name=", "letters");
    refused("f name=sixteen-letters-", "letters");
    refused("f mem=x name=y", "no size"); /* the first reason counts */
}

/* A word longer than any option is cut, not run over. */
static void long_words(void **state)
{
    static char line[1000];

    (void)state;
    memset(line, 'a', sizeof(line) - 1);
    assert_null(parse(line));
    assert_string_equal(image.name, "aaaaaaaaaaaaaaa");
    memcpy(line, "f name=", 7);
    refused(line, "letters");
    memcpy(line, "f mem=4", 7);
    refused(line, "no size");
}

static void random_lines(void **state)
{
    static const char *const words[] = { "mem=", "name=", "--", " ", " ", "=", "8M", "x", "/", ".elf", "\t",
                                        "4096K", "-" };
    uint64_t seed = 25;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char line[200] = "";

        for (unsigned n = xorshift_next(&seed) % 24; n-- > 0;)
            strcat(line, words[xorshift_next(&seed) % 13]);
        size_t length = strlen(line);
        char *exact = malloc(length + 1);
        memcpy(exact, line, length + 1);
        const char *reason = parse(exact);
        assert_in_range(strnlen(image.name, sizeof(image.name)), 1, sizeof(image.name) - 1);
        assert_true(image.command_line >= exact && image.command_line <= exact + length);
        if (reason == NULL)
            assert_true(image.memory >= 1 << 20 && image.memory <= 64 << 20 && image.memory % 4096 == 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_from_the_file),
        cmocka_unit_test(memory_sizes),
        cmocka_unit_test(the_guests_own_words),
        cmocka_unit_test(what_nobody_knows_is_refused),
        cmocka_unit_test(long_words),
        cmocka_unit_test(random_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
