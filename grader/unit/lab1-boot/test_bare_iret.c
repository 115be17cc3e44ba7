/* sources: segments.c fake_machine.c bare_interrupt.c bare_iret.c bare_segments.c bare_memory.c */
/* sources: vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of the virtual IRET (floor 1): delivery followed by IRET restores everything, EFLAGS bit by bit follow SDM
 * vol. 2 (IRET), and every refusal leaves the guest as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_machine.h"
#include "xorshift.h"

#define HANDLER_CODE 0x50
#define HANDLER_DATA 0x58

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

/* What IRET finds on the stack. */
static void frame_place(unsigned size, uint32_t eip, uint32_t cs, uint32_t eflags, uint32_t esp, uint32_t ss)
{
    const uint32_t words[] = { eip, cs, eflags, esp, ss };

    for (unsigned i = 0; i < 5; i++)
        fake_write(machine, FAKE_STACK + i * size, size, words[i]);
    machine->frame.esp = FAKE_STACK;
}

struct visible {
    uint32_t eip, cs, esp, ss, ds, es, fs, gs, eflags, eax, ebp;
    uint8_t ring, iopl;
    bool interrupts;
};

/* Cleared first, so that padding compares equal. */
static struct visible look(void)
{
    const struct trap_frame *f = &machine->frame;
    struct visible now;

    memset(&now, 0, sizeof(now));
    now.eip = f->eip, now.cs = f->cs, now.esp = f->esp, now.ss = f->ss;
    now.ds = f->ds, now.es = f->es, now.fs = f->fs, now.gs = f->gs;
    now.eflags = bare_eflags(guest), now.eax = f->eax, now.ebp = f->ebp;
    now.ring = guest->ring, now.iopl = guest->iopl, now.interrupts = guest->interrupts;
    return now;
}

static void situation_make(uint64_t *seed, uint8_t from, uint8_t to)
{
    fake_enter_ring(machine, from);
    fake_flat(machine, HANDLER_CODE, (uint8_t)ACCESS_CODE(to));
    fake_flat(machine, HANDLER_DATA, (uint8_t)ACCESS_DATA(to));
    if (to < 3)
        fake_write(machine, FAKE_TSS + 8 + 8 * to, 2, HANDLER_DATA | to);
    machine->frame.eip = xorshift_next(seed) & 0xffff;
    machine->frame.esp = 0x8000 + (xorshift_next(seed) & 0xfff);
    machine->frame.eflags = (xorshift_next(seed) & 0x00244dd5) | 0x202;
    machine->frame.eax = xorshift_next(seed);
    machine->frame.ebp = xorshift_next(seed);
    guest->interrupts = xorshift_next(seed) & 1;
    guest->iopl = xorshift_next(seed) & 3;
}

static void round_trip(uint64_t *seed, uint8_t from, uint8_t to)
{
    bool wide = xorshift_next(seed) & 1, has_error = xorshift_next(seed) & 1;
    struct bare_event event = { EVENT_EXCEPTION, has_error ? 13 : 6, 0x1234, 0 };

    situation_make(seed, from, to);
    fake_gate(machine, event.vector, HANDLER_CODE, 0x6000, (wide ? 0x8e : 0x86) | (xorshift_next(seed) & 1));
    struct visible before = look();
    if (!wide)
        machine->frame.eflags &= 0xffff; /* a 16-bit frame has no room for AC and ID */
    uint32_t upper = machine->frame.eflags & 0xffff0000;
    before.eflags = (before.eflags & 0xffff) | upper;
    bare_deliver(guest, event);
    if (to > guest->iopl)
        before.interrupts = guest->interrupts; /* that handler's IRET may not change IF */
    before.eflags = (before.eflags & ~0x200u) | (before.interrupts ? 0x200 : 0);
    machine->frame.esp += has_error ? (wide ? 4 : 2) : 0;
    assert_int_equal(bare_iret(guest, wide ? 4 : 2), FAULT_NONE);
    struct visible after = look();
    assert_memory_equal(&after, &before, sizeof(after));
    assert_null(fake_shadow_broken(machine));
    assert_null(fake_frame_broken(machine));
}

static void delivery_and_iret_restore_everything(void **state)
{
    uint64_t seed = 9;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t from = xorshift_next(&seed) & 3, to = (uint8_t)(xorshift_next(&seed) % (from + 1u));

        round_trip(&seed, from, to);
    }
    assert_int_equal(machine->crashes, 0);
}

/* Vol. 2, IRET: always the status flags, TF, DF, NT; with 32 bits AC and ID too (RF never shows). */
static uint32_t model_flags(uint32_t before, uint32_t popped, unsigned size, uint8_t ring, uint8_t iopl)
{
    uint32_t changes = 0x0001 | 0x0004 | 0x0010 | 0x0040 | 0x0080 | 0x0100 | 0x0400 | 0x0800 | 0x4000;

    if (size == 4)
        changes |= 0x00040000 | 0x00200000;
    if (ring <= iopl)
        changes |= 0x0200;
    if (ring == 0)
        changes |= 0x3000;
    return (before & ~changes) | (popped & changes);
}

static void flags_check(uint64_t *seed, unsigned size, uint8_t ring, uint8_t iopl)
{
    fake_enter_ring(machine, ring);
    guest->iopl = iopl;
    guest->interrupts = xorshift_next(seed) & 1;
    machine->frame.eflags = (xorshift_next(seed) & 0x00244dd5) | 0x202;
    uint32_t before = bare_eflags(guest), popped = xorshift_next(seed) & 0xfffdffff;
    frame_place(size, 0x1000, RING_CODE | ring, popped, 0, 0);
    assert_int_equal(bare_iret(guest, size), FAULT_NONE);
    assert_int_equal(bare_eflags(guest), model_flags(before, popped, size, ring, iopl));
    assert_int_equal(machine->frame.eflags & 0x3b202, 0x202 | (machine->frame.eflags & 0x10000)); /* the real ones */
}

static void flags_by_ring_and_iopl(void **state)
{
    uint64_t seed = 10;

    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        flags_check(&seed, i & 1 ? 4 : 2, i >> 1 & 3, i >> 3 & 3);
}

static void stack_pointer_after_each_form(void **state)
{
    (void)state;
    frame_place(4, 0x1234, KERNEL_CODE, 2, 0, 0);
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE);
    assert_int_equal(machine->frame.esp, FAKE_STACK + 12);
    assert_int_equal(machine->frame.eip, 0x1234);
    frame_place(2, 0x4321, KERNEL_CODE, 2, 0, 0);
    assert_int_equal(bare_iret(guest, 2), FAULT_NONE);
    assert_int_equal(machine->frame.esp, FAKE_STACK + 6);
    assert_int_equal(machine->frame.eip, 0x4321);
    frame_place(4, 0x1234, 0xabcd0000 | USER_CODE | 3, 2, 0x12345678, 0xabcd0000 | USER_DATA | 3);
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE); /* the upper halves of selectors mean nothing */
    assert_int_equal(machine->frame.esp, 0x12345678);
    assert_int_equal(machine->frame.cs, USER_CODE | 3);
    assert_int_equal(machine->frame.ss, USER_DATA | 3);
    assert_int_equal(guest->ring, 3);
    assert_int_equal(machine->frame.ds, 0); /* the kernel's, which ring 3 may not have */
}

/* A 16-bit stack wraps within its 64 KiB and leaves the upper half of ESP alone. */
static void small_stack_wraps(void **state)
{
    (void)state;
    fake_flat(machine, 0x60, 0x92);
    bare_stack_load(guest, 0x60, fake_descriptor(0, 0xffff, 0x92, false, false));
    fake_write(machine, 0xfffc, 4, 0x1234);
    fake_write(machine, 0, 4, KERNEL_CODE);
    fake_write(machine, 4, 4, 2);
    machine->frame.esp = 0x5678fffc;
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE);
    assert_int_equal(machine->frame.eip, 0x1234);
    assert_int_equal(machine->frame.esp, 0x56780008);
}

static void refused(unsigned size, fault_t expected)
{
    struct visible before = look();

    assert_int_equal(bare_iret(guest, size), expected);
    struct visible after = look();
    assert_memory_equal(&after, &before, sizeof(after));
    assert_int_equal(machine->crashes, 0);
}

static void bad_code_is_refused(void **state)
{
    (void)state;
    frame_place(4, 0, 0, 2, 0, 0);
    refused(4, FAULT(13, 0));
    frame_place(4, 0, KERNEL_DATA, 2, 0, 0);
    refused(4, FAULT(13, KERNEL_DATA));
    frame_place(4, 0, USER_CODE, 2, 0, 0); /* RPL 0, DPL 3 */
    refused(4, FAULT(13, USER_CODE));
    frame_place(4, 0, KERNEL_CODE | 3, 2, 0, USER_DATA | 3);
    refused(4, FAULT(13, KERNEL_CODE));
    frame_place(4, 0, 0xfff8, 2, 0, 0);
    refused(4, FAULT(13, 0xfff8));
    fake_flat(machine, 0x60, 0x1a);
    frame_place(4, 0, 0x60, 2, 0, 0);
    refused(4, FAULT(11, 0x60));
    fake_bytes(machine, 0x60, 0, 0xfff, 0x9a, true);
    frame_place(4, 0x1000, 0x60, 2, 0, 0);
    refused(4, FAULT(13, 0));
    frame_place(4, 0xfff, 0x60, 2, 0, 0);
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE);
}

static void no_way_inward(void **state)
{
    (void)state;
    fake_enter_user(machine);
    for (uint8_t ring = 0; ring < 3; ring++) {
        fake_flat(machine, 0x60, (uint8_t)ACCESS_CODE(ring));
        frame_place(4, 0, 0x60 | ring, 2, 0, 0);
        refused(4, FAULT(13, 0x60));
    }
}

static void bad_stack_is_refused(void **state)
{
    (void)state;
    frame_place(4, 0, USER_CODE | 3, 2, 0, 0);
    refused(4, FAULT(13, 0));
    frame_place(4, 0, USER_CODE | 3, 2, 0, USER_DATA);
    refused(4, FAULT(13, USER_DATA));
    frame_place(4, 0, USER_CODE | 3, 2, 0, KERNEL_DATA | 3);
    refused(4, FAULT(13, KERNEL_DATA));
    fake_flat(machine, 0x60, 0x72);
    frame_place(4, 0, USER_CODE | 3, 2, 0, 0x63);
    refused(4, FAULT(12, 0x60));
    fake_flat(machine, 0x60, 0xf0);
    refused(4, FAULT(13, 0x60));
}

/* The words themselves may be beyond the stack segment: at each of the five. */
static void short_stacks_are_refused(void **state)
{
    (void)state;
    for (unsigned words = 0; words < 5; words++) {
        frame_place(4, 0, USER_CODE | 3, 2, 0x8000, USER_DATA | 3);
        bare_stack_load(guest, KERNEL_DATA, fake_descriptor(0, FAKE_STACK + words * 4 + 2, 0x92, false, true));
        refused(4, FAULT(12, 0));
    }
    bare_stack_load(guest, KERNEL_DATA, fake_descriptor(0, FAKE_STACK + 19, 0x92, false, true));
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE);
}

static void stack_outside_memory_ends_the_guest(void **state)
{
    (void)state;
    machine->frame.esp = FAKE_MEMORY - 2;
    assert_int_equal(bare_iret(guest, 4), FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
}

static void virtual_8086_is_refused_with_a_reason(void **state)
{
    (void)state;
    frame_place(2, 0, KERNEL_CODE, 2, 0, 0);
    fake_write(machine, FAKE_STACK + 6, 2, 2); /* no VM bit in a 16-bit frame, whatever lies behind it */
    assert_int_equal(bare_iret(guest, 2), FAULT_NONE);
    frame_place(4, 0, KERNEL_CODE, 0x20002, 0, 0);
    assert_int_equal(bare_iret(guest, 4), FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
    machine->domain.state = DOMAIN_ALIVE;
    fake_enter_user(machine); /* from an outer ring the bit is ignored */
    frame_place(4, 0, USER_CODE | 3, 0x20002, 0, 0);
    assert_int_equal(bare_iret(guest, 4), FAULT_NONE);
    assert_int_equal(machine->crashes, 1);
    assert_int_equal(machine->frame.eflags & 0x20000, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(delivery_and_iret_restore_everything, start, stop),
        cmocka_unit_test_setup_teardown(flags_by_ring_and_iopl, start, stop),
        cmocka_unit_test_setup_teardown(stack_pointer_after_each_form, start, stop),
        cmocka_unit_test_setup_teardown(small_stack_wraps, start, stop),
        cmocka_unit_test_setup_teardown(bad_code_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(no_way_inward, start, stop),
        cmocka_unit_test_setup_teardown(bad_stack_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(short_stacks_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(stack_outside_memory_ends_the_guest, start, stop),
        cmocka_unit_test_setup_teardown(virtual_8086_is_refused_with_a_reason, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
