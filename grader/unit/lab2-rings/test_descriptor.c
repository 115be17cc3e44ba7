/* sources: descriptor.c segments.c exercise_on_host.c */
/*
 * Unit tests of the rules for guest descriptors (floor 2), against a model that shares nothing with them: it takes the
 * fields apart bit by bit, computes the linear addresses that a descriptor makes reachable as intervals of 64-bit
 * numbers (SDM vol. 3 sections 3.4.5, 5.3 and 5.8.3), and states each rule of abi.md 2.7 a second time in those terms.
 * All 2^12 combinations of access byte and flags meet every pair of a boundary base and a boundary limit, then millions
 * of random descriptors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "descriptor.h"
#include "lab1-boot/xorshift.h"

#define END    0xf6800000ull /* said again, on purpose */
#define FOUR_G (1ull << 32)
#define PAGE   4096ull
#define ROUNDS 3000000

/* [from, to): a set of linear addresses; empty when from >= to. */
struct interval {
    uint64_t from, to;
};

/* Everything a descriptor says, in the terms of the manual's figure 3-8. */
struct fields {
    uint64_t base, limit; /* the limit as the 20 bits say it */
    unsigned type, dpl;
    bool s, p, l, big, g;
};

static uint64_t bits(uint64_t value, unsigned first, unsigned count)
{
    return value >> first & ((1ull << count) - 1);
}

static struct fields fields_of(uint64_t descriptor)
{
    return (struct fields){
        .base = bits(descriptor, 16, 24) + (bits(descriptor, 56, 8) << 24),
        .limit = bits(descriptor, 0, 16) + (bits(descriptor, 48, 4) << 16),
        .type = bits(descriptor, 40, 4), .dpl = bits(descriptor, 45, 2),
        .s = bits(descriptor, 44, 1), .p = bits(descriptor, 47, 1), .l = bits(descriptor, 53, 1),
        .big = bits(descriptor, 54, 1), .g = bits(descriptor, 55, 1),
    };
}

static bool model_expands_down(const struct fields *fields)
{
    return fields->s && (fields->type & 0xc) == 4; /* data, and E */
}

/* The valid offsets: up to the limit, or above it to the end that B names. */
static struct interval model_offsets(const struct fields *fields)
{
    uint64_t beyond = fields->g ? (fields->limit + 1) * PAGE : fields->limit + 1;

    if (model_expands_down(fields))
        return (struct interval){ beyond, fields->big ? FOUR_G : 0x10000 };
    return (struct interval){ 0, beyond };
}

/* Moved by the base; what passes 4 GiB begins again at 0. */
static void model_reach(const struct fields *fields, struct interval reach[2])
{
    struct interval offsets = model_offsets(fields);
    uint64_t from = offsets.from + fields->base, to = offsets.to + fields->base;

    reach[0] = reach[1] = (struct interval){ 0, 0 };
    if (offsets.from >= offsets.to)
        return;
    reach[0] = (struct interval){ from, to < FOUR_G ? to : FOUR_G };
    if (to > FOUR_G)
        reach[1] = (struct interval){ from > FOUR_G ? from - FOUR_G : 0, to - FOUR_G };
}

static bool model_is_harmless(const struct fields *fields)
{
    struct interval reach[2];

    model_reach(fields, reach);
    for (int i = 0; i < 2; i++)
        if (reach[i].from < reach[i].to && reach[i].to > END)
            return false;
    return true;
}

/*
 * The widest limit that is harmless, by bisection over the model: no formula of the solution's. A 16-bit expand-down
 * segment gets the limit that the rule says, a 32-bit one's; that it leaves nothing is for assert_harmless().
 */
static bool model_clips_to(struct fields *fields)
{
    uint64_t low = 0, high = 0xfffff;
    bool down = model_expands_down(fields);

    while (low < high) {
        uint64_t middle = down ? (low + high) / 2 : (low + high + 1) / 2;
        struct fields tried = *fields;

        tried.limit = middle;
        tried.big |= down;
        if (model_is_harmless(&tried))
            *(down ? &high : &low) = middle;
        else
            *(down ? &low : &high) = down ? middle + 1 : middle - 1;
    }
    fields->limit = low;
    return model_is_harmless(fields);
}

/* What must come out. False: refused. */
static bool model_gate(uint64_t in, uint64_t *out)
{
    unsigned selector = bits(in, 16, 16);

    if (bits(in, 40, 4) != 12 || bits(in, 37, 3) != 0)
        return false;
    if (selector % 4 == 0)
        selector++;
    if (!(selector & 4) && selector >= 7168 * 8 && selector != 0xe019)
        return false;
    *out = (in & ~0xffff0000ull) | (uint64_t)selector << 16;
    return true;
}

static bool model_segment(uint64_t in, uint64_t *out)
{
    struct fields fields = fields_of(in);

    if (fields.l || fields.base >= END - PAGE)
        return false;
    if (!model_is_harmless(&fields) && (!fields.g || !model_clips_to(&fields)))
        return false;
    *out = (in & ~0x000f00000000ffffull) | (fields.limit & 0xffff) | (fields.limit & 0xf0000) << 32 | 1ull << 40;
    return true;
}

static bool model_check(uint64_t in, uint64_t *out)
{
    *out = in;
    if (!bits(in, 47, 1))
        return true;
    if (bits(in, 45, 2) == 0)
        in += 1ull << 45;
    return bits(in, 44, 1) ? model_segment(in, out) : model_gate(in, out);
}

/* The promise itself, whatever the rules say: asserted of every descriptor that was accepted. */
static void assert_harmless(uint64_t accepted)
{
    struct fields fields = fields_of(accepted);

    if (!fields.p)
        return;
    assert_in_range(fields.dpl, 1, 3);
    if (fields.s) {
        assert_true(model_is_harmless(&fields));
        assert_true(fields.type & 1);
    } else {
        assert_int_equal(fields.type, 12);
        assert_int_not_equal(bits(accepted, 16, 2), 0);
    }
}

/* cmocka's assertions are slow in millions: they are reached by what was accepted, or is wrong. */
static bool agree(uint64_t in)
{
    uint64_t expected, out = in;
    bool is_accepted = descriptor_check(&out);

    if (is_accepted != model_check(in, &expected) || out != (is_accepted ? expected : in)) {
        print_error("descriptor %016llx: %s as %016llx\n", (unsigned long long)in,
                    is_accepted ? "accepted" : "refused", (unsigned long long)out);
        return false;
    }
    if (is_accepted)
        assert_harmless(out);
    return true;
}

static uint64_t descriptor_make(uint64_t base, uint64_t limit, uint64_t access, uint64_t flags)
{
    return (limit & 0xffff) | (base & 0xffffff) << 16 | access << 40 | (limit & 0xf0000) << 32 | flags << 52
           | (base & 0xff000000) << 32;
}

static const uint64_t bases[] = {
    0, 1, 0xfff, 0x1000, 0x1001, 0x10000, 0x400000, 0x7fffffff, 0x80000000, 0xc0000000, 0xf5800000, END - 0x101000,
    END - 0x100001, END - 0x100000, END - 0x10001, END - 0x10000, END - 0xffff, END - 0x2001, END - 0x2000,
    END - 0x1fff, END - 0x1001, END - 0x1000, END - 0xfff, END - 1, END, END + 1, 0xf8000000, 0xfffff000, 0xffffffff,
};

static const uint64_t limits[] = {
    0, 1, 2, 0xe, 0xf, 0x10, 0xff, 0x100, 0x101, 0xfff, 0x1000, 0x97fe, 0x97ff, 0x9800, 0x9801, 0xfffe, 0xffff, 0x10000,
    0x367ff, 0x36800, 0x3ffff, 0x40000, 0x7ffff, 0x80000, 0xf57ff, 0xf67fe, 0xf67ff, 0xf6800, 0xffbff, 0xffffd, 0xffffe,
    0xfffff,
};

static void every_type_at_every_boundary(void **state)
{
    (void)state;
    for (uint64_t kind = 0; kind < 4096; kind++)
        for (size_t base = 0; base < sizeof(bases) / sizeof(bases[0]); base++)
            for (size_t limit = 0; limit < sizeof(limits) / sizeof(limits[0]); limit++)
                if (!agree(descriptor_make(bases[base], limits[limit], kind & 0xff, kind >> 8)))
                    fail();
}

static void random_descriptors(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t descriptor = (uint64_t)xorshift_next(&seed) << 32 | xorshift_next(&seed);

        if (!agree(descriptor) || !agree(descriptor | 0x0080900000000000ull)) /* any, and a present segment in pages */
            fail();
    }
}

/* Every selector in every system type, with the reserved bits clear and set. */
static void every_gate(void **state)
{
    static const uint64_t parameters[] = { 0, 0x1f, 0x20, 0x40, 0x80, 0xff };

    (void)state;
    for (uint64_t selector = 0; selector < 0x10000; selector++)
        for (unsigned i = 0; i < 6; i++)
            if (!agree(0x12348c0000005678ull | selector << 16 | parameters[i] << 32))
                fail();
    for (uint64_t access = 0x80; access < 0x100; access++)
        if (!agree(access << 40 | 0x00080000))
            fail();
}

/* abi.md 2.1 and 2.7, as words that can be compared with a listing by hand. */
static void known_descriptors(void **state)
{
    static const struct {
        uint64_t in, out; /* out 0: refused */
    } known[] = {
        { 0x00cf9a000000ffffull, 0x00cfbb00000067ffull }, /* a native kernel's code, made to fit: ring 1 */
        { 0x00cf92000000ffffull, 0x00cfb300000067ffull },
        { 0x00cffa000000ffffull, 0x00cffb00000067ffull }, /* its users' keep DPL 3 */
        { 0x00cf96000000ffffull, 0x00cfb7000000ffffull }, /* expand-down that is empty */
        { 0x00c0960000000000ull, 0x00cfb7000000ffffull }, /* expand-down, all but a page: emptied */
        { 0x004096000000ffffull, 0 },                     /* the same, limit in bytes */
        { 0x000096000000ffffull, 0x0000b7000000ffffull }, /* 16-bit expand-down, empty */
        { 0x00009e000000ffffull, 0x0000bf000000ffffull }, /* conforming code */
        { 0x00af9a000000ffffull, 0 },                     /* 64-bit code */
        { 0x0000e90000000067ull, 0 },                     /* a TSS of ring 3's own */
        { 0x0000850000080000ull, 0 },                     /* a task gate */
        { 0x0000820000000000ull, 0 },                     /* an LDT */
        { 0x00008e0000080000ull, 0 },                     /* an interrupt gate */
        { 0x0000ec00e0180000ull, 0x0000ec00e0190000ull }, /* a call gate into the ring-1 code segment */
        { 0x0000ec00e0080000ull, 0 },                     /* and into ring 0's */
        { 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint64_t out = known[i].in;

        if (known[i].in != 0)
            assert_int_equal(descriptor_check(&out), known[i].out != 0);
        else
            assert_true(descriptor_check(&out));
        assert_true(out == (known[i].out != 0 ? known[i].out : known[i].in));
    }
}

/* What was stored may be offered again: update_descriptor of a copy, or set_gdt of a page it was read back from. */
static void accepted_stays_accepted(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        uint64_t first = (uint64_t)xorshift_next(&seed) << 32 | xorshift_next(&seed), again;

        if (!descriptor_check(&first))
            continue;
        again = first;
        assert_true(descriptor_check(&again));
        assert_true(again == first);
    }
}

static void flat_segments(void **state)
{
    static const struct {
        unsigned ring;
        bool is_code;
        uint64_t descriptor;
    } flat[] = {
        { 1, true, 0x00cfbb00000067ffull },
        { 1, false, 0x00cfb300000067ffull },
        { 3, true, 0x00cffb00000067ffull },
        { 3, false, 0x00cff300000067ffull },
    };

    (void)state;
    for (int i = 0; i < 4; i++) {
        uint64_t descriptor = descriptor_flat(flat[i].ring, flat[i].is_code), checked = descriptor;
        struct fields fields = fields_of(descriptor);
        struct interval reach[2];

        model_reach(&fields, reach);
        assert_true(descriptor == flat[i].descriptor);
        assert_true(reach[0].from == 0 && reach[0].to == END);
        assert_true(descriptor_check(&checked) && checked == descriptor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_at_every_boundary),
        cmocka_unit_test(random_descriptors),
        cmocka_unit_test(every_gate),
        cmocka_unit_test(known_descriptors),
        cmocka_unit_test(accepted_stays_accepted),
        cmocka_unit_test(flat_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
