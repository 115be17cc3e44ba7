/* sources: print.c panic_on_host.c */
/*
 * Unit tests of formatted output (floor 1): every verb, width and flag it knows, against the C library's snprintf.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "panic_on_host.h"
#include "print.h"
#include "xorshift.h"

static char ours[128], theirs[128];

/* The format is made up at run time, so the compiler cannot check it: these pointers take the attribute away. */
static size_t (*const format_any)(char *, size_t, const char *, ...) = format_text;
static int (*const snprintf_any)(char *, size_t, const char *, ...) = snprintf;

#define AGREES(format, ...)                                                                        \
    do {                                                                                           \
        size_t length = format_any(ours, sizeof(ours), format, __VA_ARGS__);                       \
        int expected = snprintf_any(theirs, sizeof(theirs), format, __VA_ARGS__);                  \
        assert_string_equal(ours, theirs);                                                         \
        assert_int_equal(length, expected);                                                        \
    } while (0)

static void known_texts(void **state)
{
    (void)state;
    AGREES("%s", "");
    AGREES("[%s] %s", "a", "text");
    AGREES("%5s|%-5s|%1s|", "ab", "ab", "abc");
    AGREES("%c%c", 'x', '\n');
    AGREES("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    AGREES("%u %x", UINT_MAX, UINT_MAX);
    AGREES("%llu %llx", ULLONG_MAX, ULLONG_MAX);
    AGREES("%llu %u", 10000000000ull, 7u);
    AGREES("%08x:%04x", 0xabcu, 0x12345u);
    AGREES("%05d|%5d|%-5d|", -42, -42, -42);
    AGREES("%d%%", 100);
    assert_int_equal(format_any(ours, sizeof(ours), "%p", (void *)0xabc), 3);
    assert_string_equal(ours, "abc");
}

static void every_width_and_flag(void **state)
{
    static const char *const flags[] = { "", "0", "-" };
    static const char *const verbs[] = { "d", "u", "x", "llu", "llx" };
    uint64_t seed = 18;
    char format[16];

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        const char *verb = verbs[xorshift_next(&seed) % 5];
        unsigned width = xorshift_next(&seed) % 30;
        unsigned long long value = (uint64_t)xorshift_next(&seed) << 32 | xorshift_next(&seed);

        value >>= xorshift_next(&seed) % 64;
        snprintf(format, sizeof(format), "%%%s%.0u%s", flags[xorshift_next(&seed) % 3], width, verb);
        if (verb[0] == 'l')
            AGREES(format, value);
        else
            AGREES(format, (unsigned)value);
    }
}

static void buffer_is_never_left(void **state)
{
    char buffer[8];

    (void)state;
    for (size_t size = 1; size <= 6; size++) {
        memset(buffer, '#', sizeof(buffer));
        assert_int_equal(format_text(buffer, size, "%s%d", "ab", 123), 5);
        assert_int_equal(strlen(buffer), size - 1);
        assert_memory_equal(buffer, "ab123", size - 1);
        assert_int_equal(buffer[size], '#');
    }
}

static void a_format_cut_short_ends_quietly(void **state)
{
    (void)state;
    assert_int_equal(format_any(ours, sizeof(ours), "ab%"), 2);
    assert_string_equal(ours, "ab");
    assert_int_equal(format_any(ours, sizeof(ours), "ab%08"), 2);
    assert_int_equal(format_any(ours, sizeof(ours), "%0ll"), 0);
}

static void print_goes_to_the_console(void **state)
{
    (void)state;
    console_clear();
    print("domain %u (%s): ended\n", 3u, "a");
    assert_string_equal(console_text, "domain 3 (a): ended\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts),
        cmocka_unit_test(every_width_and_flag),
        cmocka_unit_test(buffer_is_never_left),
        cmocka_unit_test(a_format_cut_short_ends_quietly),
        cmocka_unit_test(print_goes_to_the_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
