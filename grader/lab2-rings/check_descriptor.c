/*
 * Exercise 2.1: the rules for a guest's descriptors, at every boundary and at random. The model below takes a
 * descriptor's fields as figure 3-8 of SDM vol. 3 names them and finds the limit that is allowed by trying, so that no
 * formula of the exercise is repeated here.
 */
#include <stdio.h>

#include "check.h"
#include "unit.h"
#include "wire.h"

#define END      0xf6800000ull /* no byte at or above it */
#define FOUR_GIB (1ull << 32)
#define ACCESSED (1ull << 40)
#define ROUNDS   300
#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

#define PRESENT  0x80u /* of the access byte */
#define USER     0x10u
#define CODE     0x08u
#define DOWN     0x04u /* of data */
#define PAGES    8u    /* of the flags: G, D/B, L */
#define BIG      4u
#define LONG     2u

static const uint32_t bases[] = { 0, 1, 0xfff, 0x1000, 0x400000, 0xf5800000, 0xf67fe000, 0xf67fefff };
static const uint32_t limits[] = { 0, 1, 0xf, 0x1000, 0x1001, 0x1fff, 0x2000, 0xfffe, 0xffff, 0x10000, 0xf67fe, 0xf67ff,
                                   0xf6800, 0xffffe, 0xfffff };

struct fields {
    uint32_t base, limit; /* the limit as its 20 bits say it */
    unsigned access, flags;
};

static uint64_t descriptor_make(const struct fields *fields)
{
    uint64_t base = fields->base, limit = fields->limit;

    return (limit & 0xffff) | (base & 0xffffff) << 16 | (uint64_t)fields->access << 40 | (limit >> 16) << 48 |
           (uint64_t)fields->flags << 52 | (base >> 24) << 56;
}

static void fields_case(const struct fields *fields)
{
    check_case("%s, base %08x, limit %05x %s, %s clear%s (access %02x, flags %x)",
               fields->access & CODE ? "code" : fields->access & DOWN ? "data, expand-down" : "data", fields->base,
               fields->limit, fields->flags & PAGES ? "pages" : "bytes",
               fields->flags & BIG ? "no flag" : "D/B", fields->flags & LONG ? ", L set" : "", fields->access,
               fields->flags);
}

/* Asks for a verdict and compares it. A descriptor that is refused stays as it was. */
static void judge(enum wire_rule rule, uint64_t given, bool is_accepted, uint64_t expected)
{
    struct wire_descriptor request = { given, rule, 0 };
    struct wire_judged reply;

    unit_call(WIRE_DESCRIPTOR, &request, sizeof(request), &reply, sizeof(reply));
    check_fact(!!reply.is_accepted == is_accepted, is_accepted ? "it is accepted" : "it is refused",
               is_accepted ? "refused: descriptor %016llx" : "accepted: descriptor %016llx",
               (unsigned long long)given);
    check_equal(is_accepted ? "descriptor to be stored" : "descriptor, refused and unchanged",
                is_accepted ? expected : given, reply.descriptor);
}

/* Bytes up to and with the limit. */
static uint64_t model_size(const struct fields *fields)
{
    return fields->flags & PAGES ? (fields->limit + 1ull) * 4096 : fields->limit + 1ull;
}

/* Does the segment reach END or what lies above? Linear addresses wrap at 4 GiB (SDM vol. 3 section 5.3). */
static bool model_reaches(const struct fields *fields)
{
    uint64_t first = 0, end = model_size(fields);

    if (!(fields->access & CODE) && (fields->access & DOWN)) {
        first = end;
        end = fields->flags & BIG ? FOUR_GIB : 0x10000;
    }
    return first < end && fields->base + end > END && fields->base + first < FOUR_GIB;
}

/* The limit in pages nearest to the guest's for which it does not. 16-bit segments that expand down: as 32-bit ones. */
static void model_truncate(struct fields *fields)
{
    bool is_down = !(fields->access & CODE) && (fields->access & DOWN);
    struct fields tried = *fields;
    uint32_t low = 0, high = 0xfffff;

    tried.flags |= is_down ? BIG : 0;
    while (low < high) {
        tried.limit = is_down ? (low + high) / 2 : (low + high + 1) / 2;
        if (model_reaches(&tried) == is_down)
            low = is_down ? tried.limit + 1 : tried.limit;
        else
            high = is_down ? tried.limit : tried.limit - 1;
    }
    fields->limit = low;
}

static void segment_judge(const struct fields *fields)
{
    uint64_t given = descriptor_make(fields);
    struct fields left = *fields;
    bool is_accepted = !model_reaches(fields) || (fields->flags & PAGES);

    if (model_reaches(fields) && is_accepted)
        model_truncate(&left);
    fields_case(fields);
    judge(WIRE_CHECK_SEGMENT, given, is_accepted, descriptor_make(&left) | ACCESSED);
}

/* All boundaries for the types in `types`, then random ones, which have a base that no rule refuses. */
static void segments_judge(const unsigned *types, size_t count)
{
    static const unsigned flags[] = { 0, BIG, PAGES, PAGES | BIG };

    for (size_t type = 0; type < count; type++)
        for (size_t base = 0; base < LENGTH(bases); base++)
            for (size_t limit = 0; limit < LENGTH(limits); limit++)
                for (size_t flag = 0; flag < LENGTH(flags); flag++)
                    segment_judge(&(struct fields){ bases[base], limits[limit],
                                                    PRESENT | USER | 0x20 | types[type], flags[flag] });
    for (unsigned round = 0; round < ROUNDS; round++)
        segment_judge(&(struct fields){ check_below((uint32_t)(END - 4096)), check_below(0x100000),
                                        PRESENT | USER | 0x20 | types[check_below((uint32_t)count)],
                                        flags[check_below(LENGTH(flags))] | check_below(2) });
}

static void run_grows_up(void)
{
    static const unsigned types[] = { 0, 2, 3, 8, 0xa, 0xc, 0xf }; /* 0xc to 0xf: conforming code */

    segments_judge(types, LENGTH(types));
}

static void run_expand_down(void)
{
    static const unsigned types[] = { 4, 6, 7 };

    segments_judge(types, LENGTH(types));
}

static void run_flat(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct wire_flat request = { i & 1 ? 1 : 3, i >> 1 };
        struct fields fields = { 0, 0xf67ff, PRESENT | USER | request.ring << 5 | (request.is_code ? 0xb : 0x3),
                                 PAGES | BIG };
        struct wire_judged reply;

        check_case("%s of ring %u", request.is_code ? "code" : "data", request.ring);
        unit_call(WIRE_FLAT, &request, sizeof(request), &reply, sizeof(reply));
        check_equal("descriptor", descriptor_make(&fields), reply.descriptor);
    }
}

static void run_absent(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t given = ((uint64_t)check_random() << 32 | check_random()) & ~((uint64_t)PRESENT << 40);

        check_case("not present: %016llx", (unsigned long long)given);
        judge(WIRE_CHECK, given, true, given);
    }
}

static void run_privilege(void)
{
    static const unsigned types[] = { USER | 2, USER | 6, USER | 0xa, USER | 0xe, 0xc };

    for (unsigned dpl = 0; dpl < 4; dpl++)
        for (size_t i = 0; i < LENGTH(types); i++) {
            unsigned access = PRESENT | dpl << 5 | types[i];
            /* As a gate: selector 0x0009, offset 0xfff00010. */
            uint64_t given = 0x00090010ull | (uint64_t)access << 40 | 0xfff0ull << 48;
            uint64_t raised = dpl == 0 ? given | 0x20ull << 40 : given;

            if (types[i] & USER) {
                given = descriptor_make(&(struct fields){ 0x1000, 0xfffff, access, BIG });
                if ((types[i] & (CODE | DOWN)) == DOWN)
                    given = descriptor_make(&(struct fields){ 0x1000, 0xfffff, access, BIG | PAGES });
                raised = given | ACCESSED | (dpl == 0 ? 0x20ull << 40 : 0);
            }
            check_case("access byte %02x, DPL %u", access, dpl);
            judge(WIRE_CHECK, given, true, raised);
        }
}

static uint64_t gate_make(unsigned selector, unsigned access, unsigned parameters)
{
    uint32_t offset = check_random();

    return (offset & 0xffff) | (uint64_t)selector << 16 | (uint64_t)parameters << 32 | (uint64_t)access << 40 |
           (uint64_t)(offset >> 16) << 48;
}

static void gate_judge(unsigned selector, unsigned parameters)
{
    unsigned raised = selector % 4 ? selector : selector + 1;
    bool is_fine = parameters < 32 && (selector % 8 >= 4 || selector < 0xe000 || raised == 0xe019);
    uint64_t given = gate_make(selector, PRESENT | (1 + check_below(3)) << 5 | 0xc, parameters);

    check_case("call gate to selector %04x, parameter count %02x", selector, parameters);
    judge(WIRE_CHECK_GATE, given, is_fine, (given & ~0xffff0000ull) | (uint64_t)raised << 16);
}

static void run_gates(void)
{
    static const uint16_t selectors[] = { 0, 1, 4, 8, 9, 0x0b, 0x0c, 0x13, 0xdff8, 0xdffb, 0xdffc, 0xfffc, 0xffff };

    for (unsigned selector = 0xe000; selector < 0xe080; selector++)
        gate_judge(selector, 0);
    for (size_t i = 0; i < LENGTH(selectors); i++)
        for (unsigned parameters = 0; parameters < 0x100; parameters = parameters * 2 + 1)
            gate_judge(selectors[i], parameters);
    for (unsigned reserved = 0x20; reserved < 0x100; reserved <<= 1)
        gate_judge(0x0009, reserved | 3);
}

static void run_refused(void)
{
    for (unsigned type = 0; type < 16; type++) {
        uint64_t given = gate_make(0x0009, PRESENT | check_below(4) << 5 | type, 0);

        check_case("system descriptor of type %x", type);
        if (type != 0xc)
            judge(WIRE_CHECK, given, false, 0);
    }
    for (uint32_t base = 0xf67ff000; base >= 0xf67ff000; base += 0x801000) {
        struct fields fields = { base, 0, PRESENT | USER | 0x22, BIG };

        fields_case(&fields);
        judge(WIRE_CHECK, descriptor_make(&fields), false, 0);
        fields.access |= DOWN;
        fields.limit = 0xfffff;
        fields.flags |= PAGES;
        fields_case(&fields);
        judge(WIRE_CHECK, descriptor_make(&fields), false, 0);
    }
    for (unsigned type = 0; type < 16; type++) {
        struct fields fields = { 0x1000, 1, PRESENT | USER | 0x20 | type, LONG | PAGES };

        fields_case(&fields);
        judge(WIRE_CHECK, descriptor_make(&fields), false, 0);
    }
}

static const struct check checks[] = {
    { .name = "descriptor-flat", .exercise = "2.1", .points = 2, .kind = CHECK_UNIT,
      .invariant = "The flat segments of rings 1 and 3 begin at 0, end at 0xf67fffff and are accessed already.",
      .where = "descriptor.c: descriptor_flat()",
      .causes = { "the limit is the last valid byte: GUEST_SEGMENT_END - 1",
                  "code is readable and data writable: SEGMENT_CODE, SEGMENT_DATA",
                  "SEGMENT_ACCESSED or SEGMENT_PRESENT is missing" },
      .run = run_flat },
    { .name = "descriptor-absent", .exercise = "2.1", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A descriptor that is not present is accepted as it is, whatever its other 63 bits say.",
      .where = "descriptor.c: descriptor_check()",
      .causes = { "the DPL is raised, or the accessed bit set, before P is looked at",
                  "P is bit 47: SEGMENT_PRESENT of the access byte" },
      .run = run_absent },
    { .name = "descriptor-grows-up", .exercise = "2.1", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Code, and data that grows up, ends below 0xf6800000: truncated in whole pages, or refused.",
      .where = "descriptor.c: descriptor_check_segment()",
      .causes = { "base + limit + 1 was added in 32 bits, where it wraps",
                  "the last byte may be 0xf67fffff: one less than the end",
                  "only a limit that counts pages is truncated; one in bytes is refused",
                  "conforming code (type bit 2) was taken for a segment that expands down" },
      .run = run_grows_up },
    { .name = "descriptor-expand-down", .exercise = "2.1", .points = 3, .kind = CHECK_UNIT,
      .invariant = "A segment that expands down reaches no byte from 0xf6800000 on: limit raised, or refused.",
      .where = "descriptor.c: descriptor_check_segment()",
      .causes = { "valid offsets are those above the limit, up to 0xffffffff (B set) or 0xffff (B clear)",
                  "the page in which base + offset wraps has to be given up whole: round up",
                  "with B clear a segment with no valid offset at all is harmless" },
      .run = run_expand_down },
    { .name = "descriptor-gate", .exercise = "2.1", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A call gate leads to the guest's own GDT entries, to its LDT or to 0xe019, never with RPL 0.",
      .where = "descriptor.c: descriptor_check_gate()",
      .causes = { "an RPL of 0 is raised to 1 first, and the raised selector is judged and stored",
                  "GDT_GUEST_ENTRIES is an index: compare selector >> 3",
                  "bit 2 of the selector (LDT) makes any index one of the guest's",
                  "bits 5-7 of the parameter count have to be zero" },
      .run = run_gates },
    { .name = "descriptor-privilege", .exercise = "2.1", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A DPL of 0 becomes 1 in segments and gates alike; other DPLs stay.",
      .where = "descriptor.c: descriptor_check()",
      .causes = { "DESCRIPTOR_DPL_1 is set only for code and data, or only for gates",
                  "DESCRIPTOR_DPL_1 is or-ed into a DPL of 2, which makes it 3" },
      .requires = { "descriptor-absent" }, .run = run_privilege },
    { .name = "descriptor-refused", .exercise = "2.1", .points = 1, .kind = CHECK_UNIT,
      .invariant = "Other system descriptors, 64-bit segments and bases from 0xf67ff000 on are refused, unchanged.",
      .where = "descriptor.c: descriptor_check()",
      .causes = { "of system descriptors (S clear) only type 0xc, the 32-bit call gate, is for guests",
                  "a raised DPL was stored although the descriptor is refused",
                  "the base's limit is GUEST_BASE_END, for every kind of segment" },
      .requires = { "descriptor-absent" }, .run = run_refused },
};
CHECKS(checks);
