/* sources: elf.c */
/*
 * Unit tests of the ELF reader (floor 1): one image per reason for refusing, then thousands of mutated and random ones,
 * each in an allocation of exactly its size. Whatever is accepted must be safe to copy, checked in 64 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "elf.h"
#include "xorshift.h"

#define HEADER   52
#define PROGRAM  32
#define IMAGE    600 /* header, 17 program headers and some bytes to load */
#define PROGRAMS 17

static uint8_t image[IMAGE];
static struct elf_image parsed;

static void put16(unsigned at, uint32_t value)
{
    image[at] = (uint8_t)value;
    image[at + 1] = (uint8_t)(value >> 8);
}

static void put32(unsigned at, uint32_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

/* Program header `index`: type, file offset, physical = virtual address, sizes. */
static void program_put(unsigned index, uint32_t offset, uint32_t address, uint32_t file_size, uint32_t memory_size)
{
    unsigned at = HEADER + index * PROGRAM;

    put32(at, 1);
    put32(at + 4, offset);
    put32(at + 8, address);
    put32(at + 12, address);
    put32(at + 16, file_size);
    put32(at + 20, memory_size);
}

/* System V ABI, figures 4-3 and 5-1: an i386 executable with one segment. */
static int start(void **state)
{
    (void)state;
    memset(image, 0, sizeof(image));
    memcpy(image, "\177ELF\1\1\1", 7);
    put16(16, 2);
    put16(18, 3);
    put32(20, 1);
    put32(24, 0x100020);
    put32(28, HEADER);
    put16(40, HEADER);
    put16(42, PROGRAM);
    put16(44, 1);
    program_put(0, 84, 0x100000, 100, 200);
    return 0;
}

static const char *parse(uint32_t size)
{
    uint8_t *exact = malloc(size + 1u);
    const char *reason;

    memcpy(exact + 1, image, size); /* at an odd address too */
    reason = elf_parse(exact + 1, size, &parsed);
    free(exact);
    return reason;
}

static void refused(const char *word)
{
    const char *reason = parse(IMAGE);

    if (reason == NULL || strstr(reason, word) == NULL)
        fail_msg("expected a reason with \"%s\", got %s", word, reason == NULL ? "none" : reason);
}

static void good_image(void **state)
{
    (void)state;
    assert_null(parse(IMAGE));
    assert_int_equal(parsed.entry, 0x100020);
    assert_int_equal(parsed.count, 1);
    assert_int_equal(parsed.segments[0].offset, 84);
    assert_int_equal(parsed.segments[0].virtual_address, 0x100000);
    assert_int_equal(parsed.segments[0].physical_address, 0x100000);
    assert_int_equal(parsed.segments[0].file_size, 100);
    assert_int_equal(parsed.segments[0].memory_size, 200);
    assert_null(parse(184));
    assert_null(elf_placement_check(&parsed, 0x100000, 0x100000 + 200));
}

static void addresses_are_told_apart(void **state)
{
    (void)state;
    put32(HEADER + 8, 0xf8100000);
    assert_null(parse(IMAGE));
    assert_int_equal(parsed.segments[0].virtual_address, 0xf8100000);
    assert_int_equal(parsed.segments[0].physical_address, 0x100000);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (uint32_t size = 0; size < 184; size++) {
        const char *reason = parse(size);

        assert_non_null(reason);
        assert_non_null(strstr(reason, size < 4 ? "no ELF" : "truncated"));
    }
}

static void other_kinds_of_file(void **state)
{
    static const struct {
        unsigned at;
        uint8_t value;
        const char *word;
    } cases[] = {
        { 0, 0, "no ELF" }, { 3, 'G', "no ELF" }, { 4, 2, "32-bit" }, { 5, 2, "32-bit" }, { 18, 62, "32-bit" },
        { 16, 1, "32-bit" }, { 16, 3, "32-bit" }, { 42, 56, "program headers" }, { 44, 0, "program headers" },
        { HEADER, 2, "nothing to load" }, { HEADER + 20, 99, "larger in the file" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(NULL);
        image[cases[i].at] = cases[i].value;
        refused(cases[i].word);
    }
    start(NULL);
    program_put(0, 84, 0x100000, 0, 0);
    refused("nothing to load");
}

static void numbers_that_wrap(void **state)
{
    (void)state;
    put32(28, 0xfffffff0);
    refused("truncated");
    put32(28, HEADER);
    put16(44, 0xffff);
    refused("truncated");
    put16(44, 1);
    program_put(0, 0xffffffff, 0x100000, 100, 200);
    refused("truncated");
    program_put(0, 84, 0x100000, 0xffffffff, 0xffffffff);
    refused("truncated");
    program_put(0, 84, 0xffffff9c, 100, 100); /* ends with the address space */
    refused("wraps");
    put32(HEADER + 8, 0xffffffff);
    put32(HEADER + 12, 0x100000);
    refused("wraps");
    put32(HEADER + 8, 0x100000);
    put32(HEADER + 12, 0xffffffff);
    refused("wraps");
    program_put(0, 84, 0xffffff9b, 100, 100);
    assert_null(parse(IMAGE));
}

static void too_many_segments(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= PROGRAMS; count++) {
        put16(44, count);
        program_put(count - 1, 0, 0x100000 + count * 0x1000, 10, 10);
        if (count <= ELF_SEGMENTS_MAX)
            assert_null(parse(IMAGE));
    }
    refused("more than 16");
}

static void placement(void **state)
{
    (void)state;
    put16(44, 2);
    program_put(0, 0, 0x100000, 10, 0x1000);
    program_put(1, 0, 0x101000, 10, 0x1000);
    assert_null(parse(IMAGE));
    assert_null(elf_placement_check(&parsed, 0x100000, 0x102000));
    assert_non_null(strstr(elf_placement_check(&parsed, 0x100001, 0x102000), "boot information"));
    assert_non_null(strstr(elf_placement_check(&parsed, 0x100000, 0x101fff), "mem="));
    assert_non_null(strstr(elf_placement_check(&parsed, 0, 0x800), "mem="));
    for (uint32_t address = 0xff001; address < 0x101000; address += 0x7ff) { /* either one first */
        program_put(1, 0, address, 10, 0x1000);
        assert_null(parse(IMAGE));
        assert_non_null(strstr(elf_placement_check(&parsed, 0x1000, 0x200000), "overlapping"));
    }
    program_put(1, 0, 0xff000, 10, 0x1000);
    assert_null(parse(IMAGE));
    assert_null(elf_placement_check(&parsed, 0x1000, 0x200000));
    program_put(1, 0, 0xff000, 10, 0x3000); /* around the other */
    assert_null(parse(IMAGE));
    assert_non_null(strstr(elf_placement_check(&parsed, 0x1000, 0x200000), "overlapping"));
}

/* What was accepted, in arithmetic that cannot wrap. */
static void accepted_is_safe(uint32_t size, uint32_t low, uint32_t high)
{
    assert_in_range(parsed.count, 1, ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < parsed.count; i++) {
        const struct elf_segment *a = &parsed.segments[i];

        assert_true((uint64_t)a->offset + a->file_size <= size);
        assert_true(a->file_size <= a->memory_size && a->memory_size > 0);
        assert_true(a->physical_address >= low && (uint64_t)a->physical_address + a->memory_size <= high);
        for (uint32_t j = 0; j < i; j++) {
            const struct elf_segment *b = &parsed.segments[j];

            assert_true((uint64_t)a->physical_address + a->memory_size <= b->physical_address ||
                        (uint64_t)b->physical_address + b->memory_size <= a->physical_address);
        }
    }
}

static void mutate(uint64_t *seed)
{
    static const uint32_t odd[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, IMAGE, 0x100000, 0x400000 };

    put16(44, 1 + xorshift_next(seed) % 4);
    for (unsigned i = 0; i < 4; i++)
        program_put(i, xorshift_next(seed) % 200, 0xa000 + xorshift_next(seed) % 0x3000, xorshift_next(seed) % 200,
                    xorshift_next(seed) % 0x800);
    for (unsigned i = xorshift_next(seed) % 4; i-- > 0;) {
        if (xorshift_next(seed) & 1)
            image[xorshift_next(seed) % 200] = (uint8_t)xorshift_next(seed);
        else
            put32(HEADER + xorshift_next(seed) % 32 * 4, odd[xorshift_next(seed) % 9]);
    }
}

static void mutated_images(void **state)
{
    unsigned accepted = 0;
    uint64_t seed = 23;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t size = xorshift_next(&seed) % 8 ? IMAGE : xorshift_next(&seed) % IMAGE;

        start(NULL);
        mutate(&seed);
        if (parse(size) != NULL || elf_placement_check(&parsed, 0xa000, 0x400000) != NULL)
            continue;
        accepted_is_safe(size, 0xa000, 0x400000);
        accepted++;
    }
    assert_in_range(accepted, 1000, 99000);
}

static void random_bytes(void **state)
{
    uint64_t seed = 24;

    (void)state;
    for (unsigned i = 0; i < 50000; i++) {
        for (unsigned at = 0; at < IMAGE; at++)
            image[at] = (uint8_t)xorshift_next(&seed);
        if (i & 1)
            memcpy(image, "\177ELF\1\1\1", 7), put16(16, 2), put16(18, 3), put16(42, PROGRAM);
        if (i & 2)
            put32(28, HEADER), put16(44, 2);
        (void)parse(xorshift_next(&seed) % IMAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_image, start),
        cmocka_unit_test_setup(addresses_are_told_apart, start),
        cmocka_unit_test_setup(cut_at_every_length, start),
        cmocka_unit_test_setup(other_kinds_of_file, start),
        cmocka_unit_test_setup(numbers_that_wrap, start),
        cmocka_unit_test_setup(too_many_segments, start),
        cmocka_unit_test_setup(placement, start),
        cmocka_unit_test_setup(mutated_images, start),
        cmocka_unit_test_setup(random_bytes, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
