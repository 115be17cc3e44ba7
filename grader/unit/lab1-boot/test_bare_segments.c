/* sources: segments.c fake_machine.c bare_segments.c bare_memory.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of the shadow GDT (floor 1). The privilege rules are compared with models of SDM vol. 3 sections 5.5 (data
 * segments), 5.7 (stack) and 5.8.1 (code) for every access byte, ring and RPL; then a million random operations with
 * the invariants that keep the exit stub from faulting in ring 0.
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

/* The access byte in the shadow, 0 for an empty entry. */
static uint8_t shadow_access(uint16_t selector)
{
    return (uint8_t)(guest->shadow[selector / 8] >> 40);
}

static bool is_user(uint8_t access)
{
    return access & 0x10;
}

static bool is_code(uint8_t access)
{
    return (access & 0x18) == 0x18;
}

static bool is_readable_or_data(uint8_t access)
{
    return !is_code(access) || (access & 2);
}

static uint8_t dpl_of(uint8_t access)
{
    return access >> 5 & 3;
}

/* Section 5.5 and 5.5.1: data and readable non-conforming code need DPL >= max(CPL, RPL); conforming code nothing. */
static bool model_data(uint8_t access, uint8_t rpl, uint8_t ring)
{
    if (!is_user(access) || !is_readable_or_data(access))
        return false;
    if (is_code(access) && (access & 4))
        return true;
    return dpl_of(access) >= rpl && dpl_of(access) >= ring;
}

/* Section 5.8.1: code one may run without a gate. */
static bool model_code(uint8_t access, uint8_t ring)
{
    if (!is_code(access))
        return false;
    return access & 4 ? dpl_of(access) <= ring : dpl_of(access) == ring;
}

static void reset_state_is_multiboot(void **state)
{
    (void)state;
    assert_int_equal(machine->frame.cs, KERNEL_CODE | 3);
    assert_int_equal(machine->frame.ss, KERNEL_DATA | 3);
    assert_int_equal(machine->frame.ds, KERNEL_DATA);
    assert_int_equal(machine->frame.es, KERNEL_DATA);
    assert_int_equal(machine->frame.fs, KERNEL_DATA);
    assert_int_equal(machine->frame.gs, KERNEL_DATA);
    assert_true(guest->shadow[1] == 0x00cffb000000ffffull);
    assert_true(guest->shadow[2] == 0x00cff3000000ffffull);
}

static void descriptor_is_read_within_the_table(void **state)
{
    uint64_t descriptor;
    uint8_t *where;

    (void)state;
    assert_int_equal(bare_descriptor_read(guest, USER_CODE | 3, &descriptor, &where), FAULT_NONE);
    assert_true(descriptor == 0x00cffa000000ffffull);
    assert_ptr_equal(where, guest->memory + FAKE_GDT + USER_CODE);
    assert_int_equal(bare_descriptor_read(guest, USER_CODE | 7, &descriptor, &where), FAULT(13, USER_CODE | 4));
    guest->gdt.limit = USER_CODE + 7;
    assert_int_equal(bare_descriptor_read(guest, USER_CODE, &descriptor, &where), FAULT_NONE);
    guest->gdt.limit = USER_CODE + 6;
    assert_int_equal(bare_descriptor_read(guest, USER_CODE | 2, &descriptor, &where), FAULT(13, USER_CODE));
    guest->gdt.limit = 0xffff;
    assert_int_equal(bare_descriptor_read(guest, 511 * 8, &descriptor, &where), FAULT_NONE);
    assert_int_equal(bare_descriptor_read(guest, 512 * 8, &descriptor, &where), FAULT(13, 512 * 8));
    assert_int_equal(bare_descriptor_read(guest, 0xffff, &descriptor, &where), FAULT(13, 0xfffc));
    assert_int_equal(machine->crashes, 0);
}

static void table_outside_memory_ends_the_guest(void **state)
{
    uint64_t descriptor;
    uint8_t *where;

    (void)state;
    guest->gdt.base = FAKE_MEMORY - 12;
    assert_int_equal(bare_descriptor_read(guest, 8, &descriptor, &where), FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
    guest->gdt.base = 0u - 8; /* wraps to the start of memory: that is inside */
    assert_int_equal(bare_descriptor_read(guest, 8, &descriptor, &where), FAULT_NONE);
}

static void fill_check(uint8_t access, uint8_t ring, uint8_t rpl)
{
    uint16_t selector = FREE_ENTRY | rpl;

    guest->ring = ring;
    guest->shadow[FREE_ENTRY / 8] = 0;
    fake_flat(machine, FREE_ENTRY, access);
    fault_t fault = bare_segment_fill(guest, selector);
    if (!model_data(access, rpl, ring) && !model_code(access, ring)) {
        assert_int_equal(fault, FAULT(13, FREE_ENTRY));
        assert_int_equal(shadow_access(FREE_ENTRY), 0);
        return;
    }
    if (!(access & 0x80)) {
        assert_int_equal(fault, FAULT(11, FREE_ENTRY));
        assert_int_equal(shadow_access(FREE_ENTRY), 0);
        return;
    }
    uint8_t expected = (uint8_t)(access | 0x61);
    if (is_code(access) && !model_code(access, ring))
        expected &= ~0x0e; /* read-only data */
    assert_int_equal(fault, FAULT_NONE);
    assert_int_equal(shadow_access(FREE_ENTRY), expected);
    assert_int_equal(fake_read(machine, FAKE_GDT + FREE_ENTRY + 5, 1), access | 1);
    assert_int_equal(bare_segment_fill(guest, selector), FAULT(13, FREE_ENTRY)); /* no progress is a fault */
}

static void fill_follows_the_privilege_rules(void **state)
{
    (void)state;
    for (unsigned access = 0; access < 256; access++)
        for (unsigned ring = 0; ring < 4; ring++)
            for (unsigned rpl = 0; rpl < 4; rpl++)
                fill_check((uint8_t)access, (uint8_t)ring, (uint8_t)rpl);
}

static void fill_refuses_null_and_what_is_not_there(void **state)
{
    (void)state;
    fake_flat(machine, 0, ACCESS_DATA(3));
    assert_int_equal(bare_segment_fill(guest, 3), FAULT(13, 0));
    assert_true(guest->shadow[0] == 0);
    assert_int_equal(bare_segment_fill(guest, 0x14), FAULT(13, 0x14)); /* LDT */
    assert_int_equal(bare_segment_fill(guest, 0xe010), FAULT(13, 0xe010)); /* the hypervisor's own */
}

static void code_check_is_that_of_a_return(uint8_t access, uint8_t ring)
{
    uint64_t descriptor;

    fake_flat(machine, FREE_ENTRY, access);
    fault_t fault = bare_code_check(guest, FREE_ENTRY | ring, ring, &descriptor);
    if (!model_code(access, ring))
        assert_int_equal(fault, FAULT(13, FREE_ENTRY));
    else
        assert_int_equal(fault, access & 0x80 ? FAULT_NONE : FAULT(11, FREE_ENTRY));
}

static void stack_check_wants_the_ring_itself(uint8_t access, uint8_t ring, uint8_t rpl)
{
    bool fits = rpl == ring && dpl_of(access) == ring && (access & 0x1a) == 0x12;
    uint64_t descriptor;

    for (unsigned vector = 10; vector <= 13; vector += 3) {
        fault_t fault = bare_stack_check(guest, FREE_ENTRY | rpl, ring, (uint8_t)vector, &descriptor);

        if (!fits)
            assert_int_equal(fault, FAULT(vector, FREE_ENTRY));
        else
            assert_int_equal(fault, access & 0x80 ? FAULT_NONE : FAULT(12, FREE_ENTRY));
    }
}

static void code_and_stack_checks(void **state)
{
    uint64_t descriptor;

    (void)state;
    for (unsigned access = 0; access < 256; access++)
        for (unsigned ring = 0; ring < 4; ring++) {
            code_check_is_that_of_a_return((uint8_t)access, (uint8_t)ring);
            for (unsigned rpl = 0; rpl < 4; rpl++)
                stack_check_wants_the_ring_itself((uint8_t)access, (uint8_t)ring, (uint8_t)rpl);
        }
    assert_int_equal(bare_code_check(guest, 3, 3, &descriptor), FAULT(13, 0));
    assert_int_equal(bare_stack_check(guest, 0, 0, 10, &descriptor), FAULT(10, 0));
    assert_int_equal(bare_code_check(guest, 0xfff8, 0, &descriptor), FAULT(13, 0xfff8));
    assert_int_equal(bare_stack_check(guest, 0xfff8, 0, 10, &descriptor), FAULT(10, 0xfff8));
    guest->gdt.base = FAKE_MEMORY;
    assert_int_equal(bare_stack_check(guest, 0x10, 0, 10, &descriptor), FAULT_STOPPED);
}

static void loads_mark_the_guests_descriptor(void **state)
{
    (void)state;
    bare_code_load(guest, KERNEL_CODE, fake_read(machine, FAKE_GDT + KERNEL_CODE, 8));
    bare_stack_load(guest, KERNEL_DATA, fake_read(machine, FAKE_GDT + KERNEL_DATA, 8));
    assert_int_equal(fake_read(machine, FAKE_GDT + KERNEL_CODE + 5, 1), 0x9b);
    assert_int_equal(fake_read(machine, FAKE_GDT + KERNEL_DATA + 5, 1), 0x93);
    assert_int_equal(shadow_access(KERNEL_CODE), 0xfb);
    assert_int_equal(shadow_access(KERNEL_DATA), 0xf3);
    assert_true(guest->shadow_changed);
}

/* After LGDT a segment that is not loaded is forgotten; a loaded one follows the new table or keeps the old entry. */
static void switching_tables_keeps_what_is_loaded(void **state)
{
    (void)state;
    fake_flat(machine, FREE_ENTRY, ACCESS_DATA(0));
    assert_int_equal(bare_segment_fill(guest, FREE_ENTRY), FAULT_NONE);
    machine->frame.gs = FREE_ENTRY;
    assert_int_equal(bare_segment_fill(guest, USER_DATA), FAULT_NONE);
    fake_bytes(machine, KERNEL_DATA, 0x100, 0xffff, ACCESS_DATA(0), true);
    fake_bytes(machine, KERNEL_CODE, 0x100, 0xffff, ACCESS_DATA(0), true); /* another kind: the old code stays */
    fake_entry(machine, FREE_ENTRY, 0);
    bare_segments_switch(guest);
    assert_int_equal(shadow_access(USER_DATA), 0);
    assert_true(guest->shadow[KERNEL_DATA / 8] == fake_descriptor(0x100, 0xffff, 0xf3, false, true));
    assert_true(guest->shadow[KERNEL_CODE / 8] == 0x00cffb000000ffffull);
    assert_int_equal(shadow_access(FREE_ENTRY), 0xf3);
    fake_bytes(machine, FREE_ENTRY, 0, 0xffff, 0x12, true); /* not present: the old one stays again */
    bare_segments_switch(guest);
    assert_true(guest->shadow[FREE_ENTRY / 8] == 0x00cff3000000ffffull);
    assert_null(fake_shadow_broken(machine));
}

/* What the new table says of a loaded selector must not take from it what it was loaded for. */
static void switching_tables_takes_no_right_away(void **state)
{
    (void)state;
    fake_flat(machine, KERNEL_DATA, 0x90); /* read-only: SS stays writable, as the CPU's own copy would */
    fake_flat(machine, KERNEL_CODE, ACCESS_CODE(3));
    bare_segments_switch(guest);
    bare_segments_settle(guest);
    assert_int_equal(machine->crashes, 0);
    assert_int_equal(shadow_access(KERNEL_DATA), 0xf3);
    machine->frame.ds = KERNEL_CODE;
    guest->shadow[KERNEL_CODE / 8] = fake_descriptor(0x100, 0xffff, 0xfb, false, true);
    bare_segments_switch(guest);
    assert_true(guest->shadow[KERNEL_CODE / 8] == fake_descriptor(0x100, 0xffff, 0xfb, false, true));
}

static void inward_takes_the_outer_rings_code(void **state)
{
    (void)state;
    fake_enter_user(machine);
    fake_flat(machine, FREE_ENTRY, 0xf8); /* execute-only */
    assert_int_equal(bare_segment_fill(guest, FREE_ENTRY | 3), FAULT_NONE);
    bare_code_load(guest, KERNEL_CODE, fake_read(machine, FAKE_GDT + KERNEL_CODE, 8));
    guest->ring = 0;
    bare_segments_inward(guest);
    assert_int_equal(shadow_access(KERNEL_CODE), 0xfb);
    assert_int_equal(shadow_access(USER_CODE), 0xf1);
    assert_int_equal(shadow_access(FREE_ENTRY), 0);
    assert_int_equal(shadow_access(USER_DATA), 0xf3);
}

/* SDM vol. 2, RET and IRET: DS, ES, FS, GS with DPL < new CPL become null unless they hold conforming code. */
static void outward_check(uint8_t access, uint8_t ring)
{
    fake_enter_ring(machine, 0);
    fake_flat(machine, FREE_ENTRY, access);
    machine->frame.fs = FREE_ENTRY;
    if (bare_segment_fill(guest, FREE_ENTRY) != FAULT_NONE || (shadow_access(FREE_ENTRY) & 0x0a) == 0x08)
        return;
    guest->ring = ring;
    fake_flat(machine, RING_CODE, (uint8_t)ACCESS_CODE(ring));
    bare_code_load(guest, RING_CODE, fake_read(machine, FAKE_GDT + RING_CODE, 8));
    bare_segments_outward(guest, ring);
    bool keeps = dpl_of(access) >= ring || (is_code(access) && (access & 4));
    assert_int_equal(machine->frame.fs, keeps ? FREE_ENTRY : 0);
    assert_int_equal(shadow_access(FREE_ENTRY) != 0, keeps);
}

static void outward_takes_the_inner_rings_data(void **state)
{
    (void)state;
    for (unsigned access = 0; access < 256; access++)
        for (unsigned ring = 1; ring < 4; ring++)
            outward_check((uint8_t)access, (uint8_t)ring);
}

static void settle_gives_up_what_cannot_be_loaded(void **state)
{
    (void)state;
    guest->shadow[FREE_ENTRY / 8] = 0x00cff9000000ffffull; /* execute-only */
    machine->frame.ds = FREE_ENTRY;
    machine->frame.es = 0x88;
    machine->frame.fs = 0x17;
    machine->frame.gs = 3;
    bare_segments_settle(guest);
    assert_int_equal(machine->frame.ds | machine->frame.es | machine->frame.fs | machine->frame.gs, 0);
    assert_int_equal(machine->crashes, 0);
    assert_false(guest->shadow_changed);
    machine->frame.cs = KERNEL_DATA | 3;
    bare_segments_settle(guest);
    assert_int_equal(machine->crashes, 1);
}

static void settle_wants_a_stack(void **state)
{
    static const uint8_t bad[] = { 0xf1, 0xf5, 0xf9, 0xfb, 0xfd, 0xff, 0 };

    (void)state;
    for (unsigned i = 0; i < sizeof(bad); i++) {
        machine->crashes = 0;
        guest->shadow[KERNEL_DATA / 8] = bad[i] == 0 ? 0 : fake_descriptor(0, 0xfffff, bad[i], true, true);
        bare_segments_settle(guest);
        assert_int_equal(machine->crashes, 1);
    }
    guest->shadow[KERNEL_DATA / 8] = fake_descriptor(0, 0xfffff, 0xf7, true, true); /* expand-down will do */
    bare_segments_settle(guest);
    assert_int_equal(machine->crashes, 1);
}

/*
 * A million random operations. The two low bits of each base say what DPL the guest gave the descriptor, so that the
 * shadow's code can be compared with the ring.
 */
#define ENTRIES 20

static uint64_t seed = 6;

static uint32_t pick(uint32_t count)
{
    return xorshift_next(&seed) % count;
}

static uint16_t pick_selector(void)
{
    static const uint16_t odd[] = { 0, 511 * 8, 512 * 8, 0xe010, 0xfff8, 0x14 };

    return (uint16_t)((pick(16) == 0 ? odd[pick(6)] : pick(ENTRIES) * 8) | pick(4));
}

static void random_descriptor(void)
{
    uint8_t access = (uint8_t)(0x90 | xorshift_next(&seed));

    if (pick(8) == 0)
        access = (uint8_t)xorshift_next(&seed);
    fake_entry(machine, (uint16_t)(pick(ENTRIES) * 8),
               fake_descriptor((xorshift_next(&seed) & ~3u) | dpl_of(access), pick(1u << 20), access, pick(2),
                               pick(2)));
}

/* What the CPU itself does without a trap, ring 3 on the shadow's entries. */
static void guest_loads(uint16_t selector)
{
    uint8_t access = selector & 4 || selector >= SHADOW_ENTRIES * 8 ? 0 : shadow_access(selector);
    unsigned segment = pick(6);

    if (segment == SEG_CS && is_code(access))
        machine->frame.cs = selector | 3u;
    if (segment == SEG_SS && (selector & 3) == 3 && (access & 0x1a) == 0x12)
        machine->frame.ss = selector;
    if (segment != SEG_CS && segment != SEG_SS && (selector < 4 || (access != 0 && is_readable_or_data(access))))
        *bare_selector(guest, segment) = selector;
}

static void ring_changes(uint16_t selector)
{
    uint64_t code, stack;
    uint8_t ring = (uint8_t)pick(4);
    uint16_t stack_selector = (uint16_t)((pick_selector() & ~3u) | ring);

    if (bare_code_check(guest, selector, ring, &code) != FAULT_NONE || ring == guest->ring ||
        bare_stack_check(guest, stack_selector, ring, 13, &stack) != FAULT_NONE)
        return;
    bool inward = ring < guest->ring;
    guest->ring = ring;
    bare_code_load(guest, selector & 0xfff8, code);
    bare_stack_load(guest, stack_selector & 0xfff8, stack);
    if (inward)
        bare_segments_inward(guest);
    else
        bare_segments_outward(guest, ring);
}

static void table_changes(void)
{
    guest->gdt.limit = (uint16_t)(pick(4) == 0 ? pick(0x200) : 0x7ff);
    guest->gdt.base = pick(2) ? FAKE_GDT : FAKE_GDT + 8 * pick(8);
    bare_segments_switch(guest);
    guest->gdt.base = FAKE_GDT;
}

/* The standard table, but for the segments whose base does not tell their DPL. */
static void random_restart(void)
{
    fake_entry(machine, USER_CODE, 0);
    fake_entry(machine, USER_DATA, 0);
}

static void random_operation(void)
{
    uint16_t selector = pick_selector();

    switch (pick(8)) {
    case 0:
    case 1:
        random_descriptor();
        break;
    case 2:
        (void)bare_segment_fill(guest, selector);
        break;
    case 3:
    case 4:
    case 5:
        guest_loads(selector);
        break;
    case 6:
        ring_changes(selector);
        break;
    default:
        if (pick(16) == 0)
            table_changes();
    }
}

/* Only what the present ring may run is in the shadow as code; CS itself may be older than its table. */
static const char *code_broken(void)
{
    for (unsigned index = 1; index <= guest->shadow_top; index++) {
        uint64_t entry = guest->shadow[index];
        uint8_t access = (uint8_t)(entry >> 40), dpl = entry >> 16 & 3;

        if (is_code(access) && index != SELECTOR_INDEX(machine->frame.cs) &&
            (access & 4 ? dpl > guest->ring : dpl != guest->ring))
            return "code of another ring can be reached";
    }
    return NULL;
}

static void assert_unbroken(unsigned round, const char *broken)
{
    if (broken != NULL)
        fail_msg("round %u: %s", round, broken);
}

static void settle_and_check(unsigned round)
{
    if (guest->shadow_changed)
        bare_segments_settle(guest);
    if (!domain_is_alive(&machine->domain)) {
        fake_stop(machine);
        start(NULL);
        random_restart();
        return;
    }
    assert_unbroken(round, fake_frame_broken(machine));
    assert_unbroken(round, code_broken());
    if (round % 64 == 0)
        assert_unbroken(round, fake_shadow_broken(machine));
}

static void a_million_random_operations(void **state)
{
    (void)state;
    random_restart();
    for (unsigned round = 0; round < 1000000; round++) {
        random_operation();
        settle_and_check(round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reset_state_is_multiboot, start, stop),
        cmocka_unit_test_setup_teardown(descriptor_is_read_within_the_table, start, stop),
        cmocka_unit_test_setup_teardown(table_outside_memory_ends_the_guest, start, stop),
        cmocka_unit_test_setup_teardown(fill_follows_the_privilege_rules, start, stop),
        cmocka_unit_test_setup_teardown(fill_refuses_null_and_what_is_not_there, start, stop),
        cmocka_unit_test_setup_teardown(code_and_stack_checks, start, stop),
        cmocka_unit_test_setup_teardown(loads_mark_the_guests_descriptor, start, stop),
        cmocka_unit_test_setup_teardown(switching_tables_keeps_what_is_loaded, start, stop),
        cmocka_unit_test_setup_teardown(switching_tables_takes_no_right_away, start, stop),
        cmocka_unit_test_setup_teardown(inward_takes_the_outer_rings_code, start, stop),
        cmocka_unit_test_setup_teardown(outward_takes_the_inner_rings_data, start, stop),
        cmocka_unit_test_setup_teardown(settle_gives_up_what_cannot_be_loaded, start, stop),
        cmocka_unit_test_setup_teardown(settle_wants_a_stack, start, stop),
        cmocka_unit_test_setup_teardown(a_million_random_operations, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
