/* sources: text_on_host.c */
/*
 * Unit tests of strings and memory (floor 1), against the C library over random lengths and overlaps, with guard bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xorshift.h"

static int libc_compare(const void *a, const void *b, size_t count)
{
    return memcmp(a, b, count);
}

static void libc_move(void *to, const void *from, size_t count)
{
    memmove(to, from, count);
}

static void libc_set(void *to, int value, size_t count)
{
    memset(to, value, count);
}

#include "text_on_host.h"
#include "text.h"

#define ROOM 96

static uint8_t ours[ROOM], theirs[ROOM];

static void both_fill(uint64_t *seed)
{
    for (unsigned i = 0; i < ROOM; i++)
        ours[i] = theirs[i] = (uint8_t)xorshift_next(seed);
}

/* The whole arrays are compared, so a byte too many shows. */
static void memory_agrees_with_the_library(void **state)
{
    uint64_t seed = 14;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        unsigned count = xorshift_next(&seed) % 40, to = xorshift_next(&seed) % 50, from = xorshift_next(&seed) % 50;
        int value = (int)xorshift_next(&seed);

        both_fill(&seed);
        libc_move(theirs + to, theirs + from, count);
        assert_ptr_equal(text_memmove(ours + to, ours + from, count), ours + to);
        assert_int_equal(libc_compare(ours, theirs, ROOM), 0);
        libc_set(theirs + to, value, count);
        assert_ptr_equal(text_memset(ours + to, value, count), ours + to);
        assert_int_equal(libc_compare(ours, theirs, ROOM), 0);
    }
}

static void copies_do_not_run_over(void **state)
{
    uint64_t seed = 15;

    (void)state;
    for (unsigned count = 0; count < 40; count++) {
        both_fill(&seed);
        libc_move(theirs + 50, theirs, count);
        assert_ptr_equal(text_memcpy(ours + 50, ours, count), ours + 50);
        assert_int_equal(libc_compare(ours, theirs, ROOM), 0);
    }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void comparison_has_the_librarys_sign(void **state)
{
    uint64_t seed = 16;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        unsigned count = xorshift_next(&seed) % 8;

        both_fill(&seed);
        ours[xorshift_next(&seed) % 8] = (uint8_t)xorshift_next(&seed);
        assert_int_equal(sign(text_memcmp(ours, theirs, count)), sign(libc_compare(ours, theirs, count)));
    }
    assert_int_equal(text_memcmp("a", "b", 0), 0);
}

static void lengths_and_equality(void **state)
{
    (void)state;
    assert_int_equal(text_strlen(""), 0);
    assert_int_equal(text_strlen("abc"), 3);
    assert_true(text_equal("", ""));
    assert_true(text_equal("abc", "abc"));
    assert_false(text_equal("abc", "abd"));
    assert_false(text_equal("abc", "ab"));
    assert_false(text_equal("ab", "abc"));
    assert_false(text_equal("", "a"));
}

static void copy_is_cut_and_terminated(void **state)
{
    char to[8];

    (void)state;
    for (size_t size = 1; size <= 6; size++) {
        text_memset(to, '#', sizeof(to));
        text_copy(to, size, "abc");
        assert_int_equal(text_strlen(to), size > 3 ? 3 : size - 1);
        assert_int_equal(libc_compare(to, "abc", text_strlen(to)), 0);
        assert_int_equal(to[size > 4 ? 4 : size], '#');
    }
}

static void sizes_that_are_numbers(void **state)
{
    static const struct {
        const char *text;
        uint32_t value;
    } good[] = {
        { "0", 0 }, { "007", 7 }, { "4096", 4096 }, { "4294967295", UINT32_MAX }, { "4K", 4096 }, { "4M", 4u << 20 },
        { "4095M", 4095u << 20 }, { "4194303K", 4194303u << 10 }, { "0M", 0 },
    };
    uint32_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(text_to_size(good[i].text, &value));
        assert_int_equal(value, good[i].value);
    }
}

static void sizes_that_are_none(void **state)
{
    static const char *const bad[] = {
        "", "K", "M", "-1", "+1", " 1", "1 ", "0x10", "4m", "4k", "4G", "4MM", "4KM", "1.5M", "4294967296", "4096M",
        "4194304K", "99999999999999999999999999999999", "18446744073709551616", "12a",
    };
    uint32_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_to_size(bad[i], &value))
            fail_msg("%s was taken for %u", bad[i], value);
}

static void every_number_is_read_as_the_library_does(void **state)
{
    uint64_t seed = 17;
    char text[32];
    uint32_t value;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t number = (uint64_t)xorshift_next(&seed) << (xorshift_next(&seed) % 4);

        snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
        assert_int_equal(text_to_size(text, &value), strtoull(text, NULL, 10) <= UINT32_MAX);
        if (number <= UINT32_MAX)
            assert_int_equal(value, number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_agrees_with_the_library),
        cmocka_unit_test(copies_do_not_run_over),
        cmocka_unit_test(comparison_has_the_librarys_sign),
        cmocka_unit_test(lengths_and_equality),
        cmocka_unit_test(copy_is_cut_and_terminated),
        cmocka_unit_test(sizes_that_are_numbers),
        cmocka_unit_test(sizes_that_are_none),
        cmocka_unit_test(every_number_is_read_as_the_library_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
