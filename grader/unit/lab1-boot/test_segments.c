/* sources: segments.c fake_machine.c bare_segments.c bare_memory.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of descriptor and gate packing (floor 1). What is packed is taken apart again here bit by bit as SDM
 * vol. 3 figures 3-8 (segments) and 6-2 (gates) number the bits, over random values and known machine words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_machine.h"
#include "segments.h"
#include "xorshift.h"

#define ROUNDS 200000

/* Bits [first, first + count) of a descriptor. */
static uint32_t bits(uint64_t descriptor, unsigned first, unsigned count)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)(descriptor >> (first + i) & 1) << i;
    return value;
}

static struct segment random_segment(uint64_t *seed)
{
    struct segment segment = { xorshift_next(seed), xorshift_next(seed), (uint8_t)xorshift_next(seed),
                               xorshift_next(seed) & 1 };

    if (xorshift_next(seed) & 1)
        segment.limit &= 0xfffff;
    if (segment.limit > 0xfffff)
        segment.limit |= 0xfff;
    return segment;
}

static void segment_bits_are_where_the_manual_says(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct segment segment = random_segment(&seed);
        uint64_t packed = segment_pack(&segment);
        uint32_t field = bits(packed, 0, 16) | bits(packed, 48, 4) << 16;

        assert_int_equal(bits(packed, 16, 24) | bits(packed, 56, 8) << 24, segment.base);
        assert_int_equal(bits(packed, 40, 8), segment.access);
        assert_int_equal(bits(packed, 52, 2), 0); /* AVL, and L, which is for 64-bit code */
        assert_int_equal(bits(packed, 54, 1), segment.is_32bit);
        assert_int_equal(bits(packed, 55, 1), segment.limit > 0xfffff);
        assert_int_equal(segment.limit > 0xfffff ? field << 12 | 0xfff : field, segment.limit);
    }
}

static void segment_is_unpacked_bit_by_bit(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t packed = (uint64_t)xorshift_next(&seed) << 32 | xorshift_next(&seed);
        struct segment segment = segment_unpack(packed);
        uint32_t field = bits(packed, 0, 16) | bits(packed, 48, 4) << 16;

        assert_int_equal(segment.base, bits(packed, 16, 24) | bits(packed, 56, 8) << 24);
        assert_int_equal(segment.limit, bits(packed, 55, 1) ? field << 12 | 0xfff : field);
        assert_int_equal(segment.access, bits(packed, 40, 8));
        assert_int_equal(segment.is_32bit, bits(packed, 54, 1));
        assert_int_equal(segment_dpl(&segment), bits(packed, 45, 2));
        assert_int_equal(segment_is_code(&segment), bits(packed, 44, 1) && bits(packed, 43, 1));
        assert_int_equal(segment_is_data(&segment), bits(packed, 44, 1) && !bits(packed, 43, 1));
    }
}

/* The words every kernel has in its GDT, as in any listing of one. */
static void known_descriptors(void **state)
{
    const struct segment code = { 0, UINT32_MAX, SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_CODE, true };
    const struct segment user = { 0, UINT32_MAX, SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_DATA | SEGMENT_DPL(3), true };
    const struct segment task = { 0x12345678, 103, SEGMENT_PRESENT | SEGMENT_TSS, false };
    const struct segment megabyte = { 0, 0xfffff, SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_DATA, false };

    (void)state;
    assert_true(segment_pack(&code) == 0x00cf9a000000ffffull);
    assert_true(segment_pack(&user) == 0x00cff2000000ffffull);
    assert_true(segment_pack(&task) == 0x1200893456780067ull);
    assert_true(segment_pack(&megabyte) == 0x000f92000000ffffull);
}

static void gate_bits_are_where_the_manual_says(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct gate gate = { xorshift_next(&seed), (uint16_t)xorshift_next(&seed), (uint8_t)xorshift_next(&seed) };
        uint64_t packed = gate_pack(&gate);
        struct gate back = gate_unpack(packed);

        assert_int_equal(bits(packed, 0, 16) | bits(packed, 48, 16) << 16, gate.offset);
        assert_int_equal(bits(packed, 16, 16), gate.selector);
        assert_int_equal(bits(packed, 32, 8), 0);
        assert_int_equal(bits(packed, 40, 8), gate.access);
        assert_int_equal(back.offset, gate.offset);
        assert_int_equal(back.selector, gate.selector);
        assert_int_equal(back.access, gate.access);
    }
}

/* Whatever a guest has in its table, reading it takes nothing on trust: unused bits do not matter. */
static void gate_is_unpacked_whatever_the_unused_bits(void **state)
{
    struct gate gate = gate_unpack(0x12348eff00085678ull);

    (void)state;
    assert_int_equal(gate.offset, 0x12345678);
    assert_int_equal(gate.selector, 8);
    assert_int_equal(gate.access, 0x8e);
}

/* The helper of the other tests agrees with itself and with a listing. */
static void fake_descriptors_are_right(void **state)
{
    (void)state;
    assert_true(fake_descriptor(0, 0xfffff, 0x9a, true, true) == 0x00cf9a000000ffffull);
    assert_true(fake_descriptor(0x12345678, 103, 0x89, false, false) == 0x1200893456780067ull);
}

/* SDM vol. 3 figure 7-2: where the CPU finds the inner stacks, and the I/O map base. */
static void task_state_layout(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct tss, esp0), 4);
    assert_int_equal(offsetof(struct tss, ss0), 8);
    assert_int_equal(offsetof(struct tss, esp2), 20);
    assert_int_equal(offsetof(struct tss, cr3), 28);
    assert_int_equal(offsetof(struct tss, eip), 32);
    assert_int_equal(offsetof(struct tss, esp), 56);
    assert_int_equal(offsetof(struct tss, es), 72);
    assert_int_equal(offsetof(struct tss, ldt), 96);
    assert_int_equal(offsetof(struct tss, io_bitmap), 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segment_bits_are_where_the_manual_says),
        cmocka_unit_test(segment_is_unpacked_bit_by_bit),
        cmocka_unit_test(known_descriptors),
        cmocka_unit_test(gate_bits_are_where_the_manual_says),
        cmocka_unit_test(gate_is_unpacked_whatever_the_unused_bits),
        cmocka_unit_test(fake_descriptors_are_right),
        cmocka_unit_test(task_state_layout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
