/*
 * Exercise 1.1, packing: descriptors and gates bit by bit, from figures 3-8 and 6-2 of SDM vol. 3. The oracle is a list
 * of bit ranges, so it has no shifts in common with anybody's solution.
 */
#include "check.h"
#include "unit.h"
#include "wire.h"

#define ROUNDS 200

/* `count` bits of a field, from its bit `from`, lie in the descriptor from bit `to`. */
struct range {
    unsigned from, count, to;
};

static const struct range base_ranges[] = { { 0, 24, 16 }, { 24, 8, 56 }, { 0, 0, 0 } };
static const struct range limit_ranges[] = { { 0, 16, 0 }, { 16, 4, 48 }, { 0, 0, 0 } };
static const struct range access_ranges[] = { { 0, 8, 40 }, { 0, 0, 0 } };
static const struct range offset_ranges[] = { { 0, 16, 0 }, { 16, 16, 48 }, { 0, 0, 0 } };
static const struct range selector_ranges[] = { { 0, 16, 16 }, { 0, 0, 0 } };

static uint64_t spread(const struct range *ranges, uint32_t value)
{
    uint64_t descriptor = 0;

    for (; ranges->count; ranges++)
        for (unsigned bit = 0; bit < ranges->count; bit++)
            descriptor |= (uint64_t)(value >> (ranges->from + bit) & 1) << (ranges->to + bit);
    return descriptor;
}

static struct wire_segment segment_draw(unsigned round)
{
    static const uint32_t limits[] = { 0, 1, 0xffff, 0x10000, 0x67, 0xfffff, 0x100fff, 0x1fffff, 0xfffff000u | 0xfff,
                                       0x0fffffff, 0x80000fff };
    uint32_t limit = round < 11 ? limits[round] : check_random() >> check_below(32);

    if (limit > 0xfffff)
        limit |= 0xfff;
    return (struct wire_segment){ check_random(), limit, check_random() & 0xff, check_random() & 1 };
}

static uint64_t segment_expected(const struct wire_segment *segment)
{
    bool in_pages = segment->limit > 0xfffff;

    return spread(base_ranges, segment->base) | spread(access_ranges, segment->access) |
           spread(limit_ranges, in_pages ? segment->limit / 4096 : segment->limit) |
           (uint64_t)segment->is_32bit << 54 | (uint64_t)in_pages << 55;
}

static void run_segment_pack(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct wire_segment segment = segment_draw(round);
        struct wire_packed packed;

        check_case("base %08x, limit %08x, access %02x, %s-bit", segment.base, segment.limit, segment.access,
                   segment.is_32bit ? "32" : "16");
        unit_call(WIRE_SEGMENT_PACK, &segment, sizeof(segment), &packed, sizeof(packed));
        check_equal("descriptor", segment_expected(&segment), packed.descriptor);
    }
}

static void unpack_compare(uint64_t descriptor, const struct wire_segment *expected)
{
    struct wire_packed packed = { descriptor };
    struct wire_segment segment;

    check_case("descriptor %016llx", (unsigned long long)descriptor);
    unit_call(WIRE_SEGMENT_UNPACK, &packed, sizeof(packed), &segment, sizeof(segment));
    check_equal("base", expected->base, segment.base);
    check_equal("limit", expected->limit, segment.limit);
    check_equal("access", expected->access, segment.access);
    check_equal("is_32bit", expected->is_32bit, segment.is_32bit);
}

/* AVL and L (bits 52, 53) mean nothing to us, and a guest sets them as it likes. */
static void run_segment_unpack(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct wire_segment segment = segment_draw(round);

        unpack_compare(segment_expected(&segment) | (uint64_t)check_below(4) << 52, &segment);
    }
    check_case("a small limit in 4 KiB units");
    for (unsigned round = 0; round < 20; round++) {
        uint32_t units = check_below(0x100);
        struct wire_segment segment = { check_random(), units * 4096 + 4095, 0x93, true };

        unpack_compare(spread(base_ranges, segment.base) | spread(limit_ranges, units) |
                           spread(access_ranges, segment.access) | 3ull << 54, &segment);
    }
}

static void run_gates(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct wire_gate gate = { check_random(), check_random() & 0xffff, check_random() & 0xff }, back;
        uint64_t expected = spread(offset_ranges, gate.offset) | spread(selector_ranges, gate.selector) |
                            spread(access_ranges, gate.access);
        struct wire_packed packed;

        check_case("gate to %04x:%08x, access %02x", gate.selector, gate.offset, gate.access);
        check_where("segments.c: gate_pack()");
        unit_call(WIRE_GATE_PACK, &gate, sizeof(gate), &packed, sizeof(packed));
        check_equal("descriptor", expected, packed.descriptor);
        check_where("segments.c: gate_unpack()");
        packed.descriptor = expected | check_below(256) * 0x100000000ull; /* bits 32-39: not ours */
        unit_call(WIRE_GATE_UNPACK, &packed, sizeof(packed), &back, sizeof(back));
        check_equal("offset", gate.offset, back.offset);
        check_equal("selector", gate.selector, back.selector);
        check_equal("access", gate.access, back.access);
    }
}

static const struct check checks[] = {
    { .name = "segment-pack", .exercise = "1.1", .points = 3, .kind = CHECK_UNIT,
      .invariant = "A segment's base, limit, access byte and size are packed into the bits the CPU reads them from.",
      .where = "segments.c: segment_pack()",
      .causes = { "the base is in three pieces: bits 16-31, 32-39 and 56-63",
                  "G (bit 55) says that the limit is in 4 KiB units; it is set only for limits above 0xfffff",
                  "limit bits 16-19 are descriptor bits 48-51, beside the flags" },
      .run = run_segment_pack },
    { .name = "segment-unpack", .exercise = "1.1", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Unpacking returns base, access, size, and the limit in bytes minus one whatever its unit.",
      .where = "segments.c: segment_unpack()",
      .causes = { "a limit in 4 KiB units ends with the last byte of its last page: low bits 0xfff",
                  "bits 52 and 53 belong neither to the limit nor to D/B" },
      .run = run_segment_unpack },
    { .name = "gate-pack", .exercise = "1.1", .points = 3, .kind = CHECK_UNIT,
      .invariant = "A gate's offset is split into bits 0-15 and 48-63 around its selector and its access byte.",
      .where = "segments.c: gate_pack()",
      .causes = { "the selector is in bits 16-31, the access byte in bits 40-47",
                  "bits 32-39 of a gate are no part of any field" },
      .run = run_gates },
};
CHECKS(checks);
