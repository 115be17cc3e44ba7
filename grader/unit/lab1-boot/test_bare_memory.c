/* sources: segments.c fake_machine.c bare_segments.c bare_memory.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of a bare guest's memory (floor 1): every access is compared with a model that checks each byte on its
 * own, as SDM vol. 3 sections 5.3 (limits), 5.4.1 (null selectors) and 3.4.5.1 (types) say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_machine.h"
#include "xorshift.h"

static struct fake_machine *machine;
static struct bare *guest;

static int start(void **state)
{
    (void)state;
    machine = fake_start();
    guest = &machine->guest;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(machine);
    return 0;
}

static void linear_stays_inside(void **state)
{
    (void)state;
    assert_ptr_equal(bare_linear(guest, 0, 1), guest->memory);
    assert_ptr_equal(bare_linear(guest, FAKE_MEMORY - 8, 8), guest->memory + FAKE_MEMORY - 8);
    assert_ptr_equal(bare_linear(guest, 0, FAKE_MEMORY), guest->memory);
    assert_null(bare_linear(guest, FAKE_MEMORY - 7, 8));
    assert_null(bare_linear(guest, FAKE_MEMORY, 1));
    assert_null(bare_linear(guest, UINT32_MAX, 1));
    assert_null(bare_linear(guest, UINT32_MAX - 3, 8)); /* wraps to 4 */
    assert_null(bare_linear(guest, 0, FAKE_MEMORY + 1));
    assert_null(bare_linear(guest, 0, UINT32_MAX));
    assert_null(bare_linear(guest, 1, UINT32_MAX));
}

static void outside_ends_the_guest(void **state)
{
    (void)state;
    assert_int_equal(bare_outside(guest, 0x12345678), FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
    assert_false(domain_is_alive(&machine->domain));
}

static void selectors_are_where_the_encoding_says(void **state)
{
    struct trap_frame *frame = &machine->frame;

    (void)state;
    assert_ptr_equal(bare_selector(guest, 0), &frame->es);
    assert_ptr_equal(bare_selector(guest, 1), &frame->cs);
    assert_ptr_equal(bare_selector(guest, 2), &frame->ss);
    assert_ptr_equal(bare_selector(guest, 3), &frame->ds);
    assert_ptr_equal(bare_selector(guest, 4), &frame->fs);
    assert_ptr_equal(bare_selector(guest, 5), &frame->gs);
}

static void segment_behind_a_selector(void **state)
{
    struct segment segment;

    (void)state;
    guest->shadow[511] = fake_descriptor(0x1234, 0xff, 0xf3, false, true);
    guest->shadow[0] = guest->shadow[511];
    assert_true(bare_segment(guest, 511 * 8 + 3, &segment));
    assert_int_equal(segment.base, 0x1234);
    assert_true(bare_segment(guest, 0xabcd0000 | 511 * 8, &segment)); /* PUSH Sreg may leave rubbish above bit 15 */
    assert_false(bare_segment(guest, 0, &segment));
    assert_false(bare_segment(guest, 3, &segment));
    assert_false(bare_segment(guest, 511 * 8 + 4, &segment)); /* an LDT there is not */
    assert_false(bare_segment(guest, 512 * 8, &segment));
    assert_false(bare_segment(guest, 0xfff8, &segment));
    assert_false(bare_segment(guest, FREE_ENTRY, &segment));
}

/* May byte `offset` of such a segment be touched at all? */
static bool byte_is_valid(uint8_t access, bool big, uint32_t limit, uint64_t offset)
{
    bool expands_down = (access & 0x0c) == 0x04;

    if (expands_down)
        return offset > limit && offset <= (big ? 0xffffffffu : 0xffff);
    return offset <= limit;
}

static bool model_allows(uint8_t access, bool big, uint32_t limit, uint32_t offset, uint32_t length, bool write)
{
    bool code = access & 8;

    if (write && (code || !(access & 2)))
        return false;
    if (code && !(access & 2))
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (!byte_is_valid(access, big, limit, (uint64_t)offset + i))
            return false;
    return true;
}

struct attempt {
    uint32_t base, limit, offset, length;
    uint8_t access;
    bool big, write, pages;
    unsigned segment;
};

/* Values near the edges of each other, or anything. */
static uint32_t near(uint64_t *seed, uint32_t value)
{
    return xorshift_next(seed) % 4 ? value + xorshift_next(seed) % 20 - 10 : xorshift_next(seed);
}

static struct attempt random_attempt(uint64_t *seed)
{
    static const uint32_t edges[] = { 0, 0xffff, 0x10000, FAKE_MEMORY, 0xfffff, UINT32_MAX };
    struct attempt try = {
        .base = near(seed, edges[xorshift_next(seed) % 6]),
        .limit = near(seed, edges[xorshift_next(seed) % 6]),
        .length = 1 + xorshift_next(seed) % 8,
        .access = 0xf1 | (xorshift_next(seed) & 0xe),
        .big = xorshift_next(seed) & 1,
        .write = xorshift_next(seed) & 1,
        .segment = xorshift_next(seed) % 6,
    };

    try.pages = try.limit > 0xfffff;
    if (try.pages)
        try.limit |= 0xfff;
    try.offset = near(seed, xorshift_next(seed) & 1 ? try.limit : 0);
    if (xorshift_next(seed) % 4 == 0)
        try.offset = FAKE_MEMORY - try.base - xorshift_next(seed) % 10;
    return try;
}

static void access_check(const struct attempt *try)
{
    uint32_t linear = try->base + try->offset;
    uint8_t *pointer = NULL;

    machine->domain.state = DOMAIN_ALIVE;
    machine->crashes = 0;
    guest->shadow[0x77] = fake_descriptor(try->base, try->pages ? try->limit >> 12 : try->limit, try->access,
                                          try->pages, try->big);
    *bare_selector(guest, try->segment) = 0x77 * 8;
    fault_t fault = bare_access(guest, try->segment, try->offset, try->length, try->write, &pointer);
    if (!model_allows(try->access, try->big, try->limit, try->offset, try->length, try->write)) {
        assert_int_equal(fault, FAULT(try->segment == SEG_SS ? 12 : 13, 0));
        assert_int_equal(machine->crashes, 0);
    } else if (linear >= FAKE_MEMORY || FAKE_MEMORY - linear < try->length) {
        assert_int_equal(fault, FAULT_STOPPED);
        assert_int_equal(machine->crashes, 1);
    } else {
        assert_int_equal(fault, FAULT_NONE);
        assert_ptr_equal(pointer, guest->memory + linear);
        for (uint32_t i = 0; i < try->length; i++)
            pointer[i] ^= 1; /* AddressSanitizer looks on */
    }
}

static void access_agrees_with_the_model(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (unsigned i = 0; i < 500000; i++) {
        struct attempt try = random_attempt(&seed);

        access_check(&try);
    }
}

static void access_through_null_faults(void **state)
{
    uint8_t *pointer;

    (void)state;
    machine->frame.ds = 3;
    machine->frame.ss = 0;
    assert_int_equal(bare_access(guest, SEG_DS, 0, 1, false, &pointer), FAULT(13, 0));
    assert_int_equal(bare_access(guest, SEG_SS, 0, 1, false, &pointer), FAULT(12, 0));
}

static void fetch_check(uint32_t base, uint32_t limit, uint32_t eip)
{
    const uint8_t *bytes = NULL;
    unsigned expected = 0;
    bool pages = limit > 0xfffff;

    bare_code_load(guest, 0x80, fake_descriptor(base, pages ? limit >> 12 : limit, 0x9b, pages, true));
    machine->frame.eip = eip;
    while (expected < 15 && (uint64_t)eip + expected <= limit && base + eip + expected < FAKE_MEMORY &&
           base + eip + expected >= base + eip)
        expected++;
    unsigned count = bare_fetch(guest, &bytes);
    assert_int_equal(count, expected);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(bytes[i], guest->memory[base + eip + i]);
}

static void fetch_ends_with_segment_and_memory(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (uint32_t i = 0; i < FAKE_MEMORY; i++)
        guest->memory[i] = (uint8_t)(i * 7);
    for (uint32_t back = 0; back < 20; back++) {
        fetch_check(0, UINT32_MAX, FAKE_MEMORY - back);
        fetch_check(0, 0x5fff, 0x6000 - back);
        fetch_check(FAKE_MEMORY - 10, 0xfff, back);
        fetch_check(0xffff0000, UINT32_MAX, 0x10000 + back); /* the sum wraps, as the CPU's does */
        fetch_check(0x1000, UINT32_MAX, UINT32_MAX - back);
        fetch_check(0, UINT32_MAX, UINT32_MAX - back);
    }
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t limit = xorshift_next(&seed) & 0xfffff, base = near(&seed, 0);

        fetch_check(base, limit, near(&seed, xorshift_next(&seed) & 1 ? limit : 0 - base));
    }
}

/* The descriptor behind CS is kept between traps: it must not outlive what it was made from. */
static void code_segment_follows_its_selector(void **state)
{
    (void)state;
    bare_code_load(guest, 0x80, fake_descriptor(0x100, 0xffff, 0x9b, false, true));
    assert_int_equal(bare_code_segment(guest)->base, 0x100);
    bare_code_load(guest, 0x80, fake_descriptor(0x200, 0xffff, 0x9b, false, true));
    assert_int_equal(bare_code_segment(guest)->base, 0x200);
    bare_code_load(guest, 0x88, fake_descriptor(0x300, 0xffff, 0x9b, false, true));
    assert_int_equal(bare_code_segment(guest)->base, 0x300);
    machine->frame.cs = 0x83; /* the guest's own far jump */
    assert_int_equal(bare_code_segment(guest)->base, 0x200);
    machine->frame.cs = 0x93;
    assert_null(bare_code_segment(guest));
    machine->frame.cs = 0x8b;
    assert_int_equal(bare_code_segment(guest)->base, 0x300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(linear_stays_inside, start, stop),
        cmocka_unit_test_setup_teardown(outside_ends_the_guest, start, stop),
        cmocka_unit_test_setup_teardown(selectors_are_where_the_encoding_says, start, stop),
        cmocka_unit_test_setup_teardown(segment_behind_a_selector, start, stop),
        cmocka_unit_test_setup_teardown(access_agrees_with_the_model, start, stop),
        cmocka_unit_test_setup_teardown(access_through_null_faults, start, stop),
        cmocka_unit_test_setup_teardown(fetch_ends_with_segment_and_memory, start, stop),
        cmocka_unit_test_setup_teardown(code_segment_follows_its_selector, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
