/* sources: segments.c fake_machine.c bare_interrupt.c bare_segments.c bare_memory.c vpic.c */
/* sources: vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of virtual interrupt delivery (floor 1): every combination of ring, gate and event against a model of the
 * stack words (SDM vol. 3 figures 6-4 and 6-5), error codes against vol. 2's pseudo-code of INT n, double and triple
 * faults against vol. 3 table 6-5.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_machine.h"
#include "xorshift.h"

#define HANDLER_CODE 0x50 /* code of the handler's ring */
#define HANDLER_DATA 0x58 /* its stack */
#define HANDLER      0x6000u

#define FLAGS_SEEN 0x00240cd5u /* of the guest's own EFLAGS: all but TF, IF, IOPL, NT, RF, VM */

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

static uint8_t gate_access(uint8_t type)
{
    return 0xe0 | type; /* present, DPL 3 */
}

static void deliver(enum bare_event_kind kind, uint8_t vector, uint16_t error)
{
    bare_deliver(guest, (struct bare_event){ (uint8_t)kind, vector, error, machine->frame.eip + 2 });
}

/* Segments of the handler's ring, and the TSS that names its stack. */
static void handler_prepare(uint8_t ring, bool conforming)
{
    fake_flat(machine, HANDLER_CODE, (uint8_t)(ACCESS_CODE(ring) | (conforming ? 4 : 0)));
    fake_flat(machine, HANDLER_DATA, (uint8_t)ACCESS_DATA(ring));
    if (ring < 3)
        fake_write(machine, FAKE_TSS + 8 + 8 * ring, 2, HANDLER_DATA | ring);
}

struct situation {
    uint8_t from, to, type, kind, vector;
    bool conforming, interrupts, steps;
    uint8_t iopl;
};

/* Words from the top, as the figures have them; returns how many. */
static unsigned model_words(const struct situation *now, uint32_t flags, uint32_t words[6])
{
    unsigned count = 0;

    if (!now->conforming && now->to < now->from) {
        words[count++] = RING_DATA | now->from;
        words[count++] = FAKE_STACK;
    }
    words[count++] = flags | 2 | (now->interrupts ? 0x200 : 0) | now->iopl * 0x1000u | (now->steps ? 0x100 : 0);
    words[count++] = RING_CODE | now->from;
    words[count++] = FAKE_CODE + (now->kind == EVENT_SOFTWARE ? 2 : 0);
    if (now->kind == EVENT_EXCEPTION && now->vector == 13)
        words[count++] = 0xbeef;
    return count;
}

static void stack_check(const struct situation *now, uint32_t flags)
{
    bool inward = !now->conforming && now->to < now->from;
    uint32_t top = inward ? FAKE_STACK0 + now->to * 0x1000u : FAKE_STACK, words[6];
    unsigned size = now->type >= 8 ? 4 : 2, count = model_words(now, flags, words);

    assert_int_equal(machine->frame.esp, top - count * size);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(fake_read(machine, top - (i + 1) * size, size), size == 4 ? words[i] : words[i] & 0xffff);
    assert_int_equal(machine->frame.ss, (inward ? HANDLER_DATA : RING_DATA) | 3);
}

static void registers_check(const struct situation *now, uint32_t flags)
{
    bool is_trap_gate = now->type & 1;

    assert_int_equal(machine->frame.eip, now->type >= 8 ? 0x16000u : 0x6000u);
    assert_int_equal(machine->frame.cs, HANDLER_CODE | 3);
    assert_int_equal(guest->ring, now->conforming ? now->from : now->to);
    assert_int_equal(guest->interrupts, is_trap_gate && now->interrupts);
    assert_int_equal(guest->iopl, now->iopl);
    assert_int_equal(machine->frame.eflags, (flags & FLAGS_SEEN) | 0x202); /* TF NT RF VM off, the real IF on */
    assert_null(fake_shadow_broken(machine));
    assert_null(fake_frame_broken(machine));
    if (!now->conforming && now->to < now->from) /* a return to the outer ring's code must trap again */
        assert_int_equal(guest->shadow[RING_CODE / 8] >> 40 & 0xff, 0xf1);
}

static void situation_check(const struct situation *now, uint32_t flags)
{
    fake_stop(machine);
    start(NULL);
    fake_enter_ring(machine, now->from);
    handler_prepare(now->to, now->conforming);
    fake_gate(machine, now->vector, HANDLER_CODE, 0x16000, gate_access(now->type));
    machine->frame.eflags = flags | 0x202 | (now->steps ? 0x100 : 0);
    machine->frame.esp = FAKE_STACK;
    guest->interrupts = now->interrupts;
    guest->iopl = now->iopl;
    deliver(now->kind, now->vector, 0xbeef);
    assert_int_equal(machine->crashes, 0);
    registers_check(now, flags);
    stack_check(now, flags);
}

/* Three kinds of event; exceptions with and without error code among them. */
static void events_check(struct situation *now, uint64_t *seed)
{
    static const uint8_t kinds[] = { EVENT_EXCEPTION, EVENT_EXCEPTION, EVENT_SOFTWARE, EVENT_EXTERNAL, EVENT_SOFTWARE };
    static const uint8_t vectors[] = { 6, 13, 0x80, 0x20, 13 };

    for (unsigned i = 0; i < sizeof(kinds); i++) {
        now->kind = kinds[i];
        now->vector = vectors[i];
        now->interrupts = xorshift_next(seed) & 1;
        now->iopl = xorshift_next(seed) & 3;
        now->steps = xorshift_next(seed) & 1;
        situation_check(now, xorshift_next(seed) & (FLAGS_SEEN | 0x4000));
    }
}

static void stack_words_in_every_situation(void **state)
{
    static const uint8_t types[] = { 0xe, 0xf, 6, 7 };
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 4 * 4 * 4 * 2 * 4; i++) {
        struct situation now = { .from = i & 3, .to = i >> 2 & 3, .type = types[i >> 4 & 3], .conforming = i >> 6 & 1 };

        if (now.to <= now.from)
            events_check(&now, &seed);
    }
}

static void every_vector_pushes_an_error_code_or_not(void **state)
{
    static const uint32_t with_error = 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17;

    (void)state;
    for (unsigned vector = 0; vector < 32; vector++) {
        fake_gate(machine, (uint8_t)vector, KERNEL_CODE, HANDLER, 0x8e);
        machine->frame.esp = FAKE_STACK;
        deliver(EVENT_EXCEPTION, (uint8_t)vector, 0);
        assert_int_equal(FAKE_STACK - machine->frame.esp, with_error >> vector & 1 ? 16 : 12);
    }
}

/* SDM vol. 3 section 17.3.1.1: RF is pushed for faults only; here #GP has set it for the INT n being emulated. */
static void resume_flag_is_a_matter_of_faults(void **state)
{
    (void)state;
    for (unsigned kind = EVENT_EXCEPTION; kind <= EVENT_EXTERNAL; kind++) {
        fake_gate(machine, 6, KERNEL_CODE, HANDLER, 0x8e);
        machine->frame.esp = FAKE_STACK;
        machine->frame.eflags = 0x10202;
        deliver((enum bare_event_kind)kind, 6, 0);
        assert_int_equal(fake_read(machine, FAKE_STACK - 4, 4) & 0x10000, kind == EVENT_EXCEPTION ? 0x10000 : 0);
        assert_int_equal(machine->frame.eflags & 0x10000, 0);
    }
}

/* TF that the hypervisor set for itself is not the guest's business. */
static void flags_as_the_guest_sees_them(void **state)
{
    (void)state;
    machine->frame.eflags = 0x302;
    guest->is_stepping = true;
    assert_int_equal(bare_eflags(guest), 0x002);
    guest->is_stepping = false;
    guest->interrupts = true;
    guest->iopl = 2;
    assert_int_equal(bare_eflags(guest), 0x2302);
    machine->frame.eflags = 0x3002; /* the real IF and IOPL never show */
    guest->interrupts = false;
    guest->iopl = 0;
    assert_int_equal(bare_eflags(guest), 0x002);
    fake_gate(machine, 6, KERNEL_CODE, HANDLER, 0x8e);
    guest->is_stepping = true;
    deliver(EVENT_EXCEPTION, 6, 0);
    assert_false(guest->is_stepping);
}

/*
 * What goes wrong while `event` is delivered, seen at the handler of the second exception: vector and error code
 * (vol. 2, INT n; vol. 3 section 6.13: bit 0 EXT, bit 1 IDT).
 */
static void all_gates_lead_to_a_safe_handler(void)
{
    fake_flat(machine, HANDLER_CODE, ACCESS_CODE(3));
    for (unsigned vector = 0; vector < 256; vector++)
        fake_gate(machine, (uint8_t)vector, HANDLER_CODE, 0x10000 + vector, gate_access(0xe));
}

static void second_check(enum bare_event_kind kind, uint8_t vector, uint8_t second, uint16_t error)
{
    machine->frame.eip = FAKE_CODE;
    machine->frame.esp = FAKE_STACK;
    deliver(kind, vector, 0);
    assert_int_equal(machine->crashes, 0);
    assert_int_equal(machine->frame.eip, 0x10000u + second);
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), error);
    assert_int_equal(fake_read(machine, machine->frame.esp + 4, 4), FAKE_CODE); /* the instruction, not behind it */
    fake_enter_user(machine);
}

/* The same trouble for each kind of event, from ring 3; `error` without EXT. */
static void trouble_check(uint8_t second, uint16_t error)
{
    second_check(EVENT_EXTERNAL, 0x20, second, error | 1);
    second_check(EVENT_SOFTWARE, 0x20, second, error);
    second_check(EVENT_EXCEPTION, 0x20, second, error | 1); /* no such exception: benign all the same */
}

static void bad_gates(void **state)
{
    const uint16_t idt_error = 0x20 * 8 + 2;

    (void)state;
    fake_enter_user(machine);
    all_gates_lead_to_a_safe_handler();
    for (unsigned type = 0; type < 32; type++) {
        if (type == 6 || type == 7 || type == 0xe || type == 0xf)
            continue;
        fake_gate(machine, 0x20, HANDLER_CODE, HANDLER, gate_access((uint8_t)type));
        trouble_check(13, idt_error);
    }
    fake_gate(machine, 0x20, HANDLER_CODE, HANDLER, 0x6e);
    trouble_check(11, idt_error);
    guest->idt.limit = 0x20 * 8 + 6;
    trouble_check(13, idt_error);
}

static void software_needs_the_gates_permission(void **state)
{
    (void)state;
    for (unsigned from = 0; from < 4; from++)
        for (unsigned dpl = 0; dpl < 4; dpl++) {
            fake_enter_ring(machine, (uint8_t)from);
            fake_flat(machine, HANDLER_CODE, (uint8_t)(ACCESS_CODE(0) | 4));
            for (unsigned vector = 0; vector < 256; vector++)
                fake_gate(machine, (uint8_t)vector, HANDLER_CODE, 0x10000 + vector, 0x8e);
            fake_gate(machine, 0x20, HANDLER_CODE, 0x10020, (uint8_t)(0x8e | dpl << 5));
            deliver(EVENT_SOFTWARE, 0x20, 0);
            assert_int_equal(machine->frame.eip, dpl < from ? 0x1000du : 0x10020u);
            deliver(EVENT_EXTERNAL, 0x20, 0);
            assert_int_equal(machine->frame.eip, 0x10020u);
        }
}

static void bad_handler_segments(void **state)
{
    (void)state;
    fake_enter_user(machine);
    all_gates_lead_to_a_safe_handler();
    fake_gate(machine, 0x20, 3, HANDLER, gate_access(0xe));
    trouble_check(13, 0); /* null */
    fake_gate(machine, 0x20, 0xfff8, HANDLER, gate_access(0xe));
    trouble_check(13, 0xfff8);
    fake_gate(machine, 0x20, 0x5c, HANDLER, gate_access(0xe));
    trouble_check(13, 0x5c); /* LDT */
    fake_gate(machine, 0x20, USER_DATA, HANDLER, gate_access(0xe));
    trouble_check(13, USER_DATA);
    fake_flat(machine, 0x60, 0x7a);
    fake_gate(machine, 0x20, 0x62, HANDLER, gate_access(0xe));
    trouble_check(11, 0x60); /* not present */
    fake_bytes(machine, 0x60, 0, 0x5fff, 0xfa, true);
    trouble_check(13, 0); /* the offset is beyond the limit */
    fake_bytes(machine, 0x60, 0, 0x6000, 0xfa, true);
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->frame.eip, HANDLER);
}

static void handler_of_an_outer_ring(void **state)
{
    (void)state;
    fake_gate(machine, 0x20, USER_CODE, HANDLER, 0x8e);
    fake_gate(machine, 13, KERNEL_CODE, 0x7000, 0x8e);
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->frame.eip, 0x7000);
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), USER_CODE | 1);
}

static void bad_inner_stacks(void **state)
{
    (void)state;
    fake_enter_user(machine);
    all_gates_lead_to_a_safe_handler();
    fake_gate(machine, 0x20, KERNEL_CODE, HANDLER, gate_access(0xe));
    guest->task_limit = 4 + 4; /* SS0 ends at byte 9 */
    trouble_check(10, TASK);
    guest->task_limit = 4 + 5;
    fake_write(machine, FAKE_TSS + 8, 2, 0);
    trouble_check(10, 0);
    fake_write(machine, FAKE_TSS + 8, 2, KERNEL_DATA | 1);
    trouble_check(10, KERNEL_DATA);
    fake_write(machine, FAKE_TSS + 8, 2, USER_DATA);
    trouble_check(10, USER_DATA);
    fake_write(machine, FAKE_TSS + 8, 2, 0x70);
    fake_flat(machine, 0x70, 0x12);
    trouble_check(12, 0x70); /* not present */
    fake_bytes(machine, 0x70, 0, 0x100, ACCESS_DATA(0), true);
    trouble_check(12, 0x70); /* no room: the new stack's selector is the error code */
    guest->task_selector = 0;
    trouble_check(10, 0);
}

static void every_inner_ring_has_its_place_in_the_tss(void **state)
{
    (void)state;
    for (uint8_t ring = 0; ring < 3; ring++) {
        fake_enter_user(machine);
        handler_prepare(ring, false);
        fake_write(machine, FAKE_TSS + 4 + 8 * ring, 4, 0x9000 + ring * 0x100);
        fake_gate(machine, 0x20, HANDLER_CODE, HANDLER, 0x8e);
        guest->task_limit = 4 + 8 * ring + 5;
        deliver(EVENT_EXTERNAL, 0x20, 0);
        assert_int_equal(machine->frame.esp, 0x9000 + ring * 0x100 - 20);
        assert_int_equal(guest->ring, ring);
    }
}

static void tables_outside_memory_end_the_guest(void **state)
{
    (void)state;
    fake_enter_user(machine);
    fake_gate(machine, 0x20, KERNEL_CODE, HANDLER, 0x8e);
    guest->task_base = FAKE_MEMORY - 9;
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->crashes, 1);
    guest->idt.base = FAKE_MEMORY - 0x20 * 8 - 7;
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->crashes, 2);
    fake_stop(machine);
    start(NULL);
    fake_gate(machine, 0x20, KERNEL_CODE, HANDLER, 0x8e);
    machine->frame.esp = FAKE_MEMORY + 1;
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->crashes, 1);
    assert_int_equal(machine->frame.esp, FAKE_MEMORY + 1); /* as it was */
}

/* Make delivery of `vector` from ring 3 raise `second`. */
static void break_gate(uint8_t vector, uint8_t second)
{
    fake_gate(machine, vector, KERNEL_CODE, HANDLER, gate_access(0xe));
    if (second == 10)
        fake_write(machine, FAKE_TSS + 8, 2, 0);
    if (second == 12)
        fake_flat(machine, KERNEL_DATA, 0x12);
    if (second == 11)
        fake_gate(machine, vector, KERNEL_CODE, HANDLER, 0x6e);
    if (second == 13)
        fake_gate(machine, vector, KERNEL_CODE, HANDLER, 0xe0);
}

/* Table 6-5's rows and columns; the second exception of a delivery is always one of 10 to 13, all contributory. */
static bool model_is_double(uint8_t first)
{
    bool contributory = first == 0 || (first >= 10 && first <= 13), page_fault = first == 14;

    return contributory || page_fault;
}

static void pair_check(uint8_t first, uint8_t second, bool broken_double)
{
    fake_stop(machine);
    start(NULL);
    fake_enter_user(machine);
    all_gates_lead_to_a_safe_handler();
    break_gate(first, second);
    if (broken_double)
        break_gate(8, second);
    deliver(EVENT_EXCEPTION, first, 0);
    if (first == 8 || (model_is_double(first) && broken_double)) {
        assert_int_equal(machine->crashes, 1);
        return;
    }
    assert_int_equal(machine->crashes, 0);
    assert_int_equal(machine->frame.eip, 0x10000u + (model_is_double(first) ? 8 : second));
    if (model_is_double(first))
        assert_int_equal(fake_read(machine, machine->frame.esp, 4), 0);
}

static void double_and_triple_faults(void **state)
{
    (void)state;
    for (uint8_t first = 0; first < 32; first++)
        for (uint8_t second = 10; second <= 13; second++) {
            pair_check(first, second, false);
            pair_check(first, second, true);
        }
}

/* Interrupts are benign, whatever their vector. */
static void interrupts_never_make_double_faults(void **state)
{
    (void)state;
    fake_enter_user(machine);
    all_gates_lead_to_a_safe_handler();
    break_gate(10, 11);
    deliver(EVENT_EXTERNAL, 10, 0);
    assert_int_equal(machine->frame.eip, 0x1000b);
    deliver(EVENT_SOFTWARE, 10, 0);
    assert_int_equal(machine->frame.eip, 0x1000b);
}

/* No IDT at all: three strikes. */
static void no_table_is_a_triple_fault(void **state)
{
    (void)state;
    guest->idt.limit = 0;
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->crashes, 1);
    bare_deliver_fault(guest, FAULT_NONE);
    bare_deliver_fault(guest, FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
    machine->domain.state = DOMAIN_ALIVE;
    bare_deliver_fault(guest, FAULT(6, 0));
    assert_int_equal(machine->crashes, 2);
}

/* Is every byte of a pushed word inside the stack segment (SDM vol. 3 section 5.3)? */
static bool model_room(const struct segment *stack, uint32_t *esp, unsigned size)
{
    uint32_t mask = stack->is_32bit ? UINT32_MAX : 0xffff, at = (*esp - size) & mask;

    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = (uint64_t)at + i;

        if (stack->access & 4 ? byte <= stack->limit || byte > mask : byte > stack->limit)
            return false;
    }
    *esp = (*esp & ~mask) | at;
    return stack->base + at < FAKE_MEMORY && FAKE_MEMORY - (stack->base + at) >= size;
}

static void stack_edge_check(const struct segment *stack, uint32_t esp, uint8_t type)
{
    unsigned size = type >= 8 ? 4 : 2;
    uint32_t expected = esp;
    bool fits = true, pages = stack->limit > 0xfffff;

    machine->domain.state = DOMAIN_ALIVE;
    machine->crashes = 0;
    fake_gate(machine, 0x20, KERNEL_CODE, HANDLER, gate_access(type));
    guest->shadow[KERNEL_DATA / 8] = fake_descriptor(stack->base, pages ? stack->limit >> 12 : stack->limit,
                                                     stack->access, pages, stack->is_32bit);
    machine->frame.esp = esp;
    for (unsigned i = 0; i < 3 && fits; i++)
        fits = model_room(stack, &expected, size);
    deliver(EVENT_EXTERNAL, 0x20, 0);
    assert_int_equal(machine->crashes, !fits);
    assert_int_equal(machine->frame.esp, fits ? expected : esp);
}

static void stack_edges_agree_with_the_model(void **state)
{
    static const uint32_t edges[] = { 0, 0xffff, 0x10000, 0x1fff, UINT32_MAX };
    uint64_t seed = 8;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        struct segment stack = { edges[xorshift_next(&seed) % 5] & ~1u, edges[xorshift_next(&seed) % 5],
                                 xorshift_next(&seed) & 1 ? 0xf3 : 0xf7, xorshift_next(&seed) & 1 };

        if (stack.limit == 0x10000)
            stack.limit = xorshift_next(&seed) & 0xffff;
        uint32_t edge = xorshift_next(&seed) & 1 ? stack.limit : edges[xorshift_next(&seed) % 5];
        stack_edge_check(&stack, edge + xorshift_next(&seed) % 40 - 20, xorshift_next(&seed) & 1 ? 0xe : 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stack_words_in_every_situation, start, stop),
        cmocka_unit_test_setup_teardown(every_vector_pushes_an_error_code_or_not, start, stop),
        cmocka_unit_test_setup_teardown(resume_flag_is_a_matter_of_faults, start, stop),
        cmocka_unit_test_setup_teardown(flags_as_the_guest_sees_them, start, stop),
        cmocka_unit_test_setup_teardown(bad_gates, start, stop),
        cmocka_unit_test_setup_teardown(software_needs_the_gates_permission, start, stop),
        cmocka_unit_test_setup_teardown(bad_handler_segments, start, stop),
        cmocka_unit_test_setup_teardown(handler_of_an_outer_ring, start, stop),
        cmocka_unit_test_setup_teardown(bad_inner_stacks, start, stop),
        cmocka_unit_test_setup_teardown(every_inner_ring_has_its_place_in_the_tss, start, stop),
        cmocka_unit_test_setup_teardown(tables_outside_memory_end_the_guest, start, stop),
        cmocka_unit_test_setup_teardown(double_and_triple_faults, start, stop),
        cmocka_unit_test_setup_teardown(interrupts_never_make_double_faults, start, stop),
        cmocka_unit_test_setup_teardown(no_table_is_a_triple_fault, start, stop),
        cmocka_unit_test_setup_teardown(stack_edges_agree_with_the_model, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
