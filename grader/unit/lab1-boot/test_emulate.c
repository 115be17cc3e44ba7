/* sources: segments.c fake_machine.c decode.c decode_table.c emulate.c emulate_port.c */
/* sources: emulate_system.c emulate_table.c ports.c bare_interrupt.c */
/* sources: bare_iret.c bare_segments.c bare_memory.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of emulation (floor 1): bytes go in through the decoder, and the virtual CPU must look as Intel SDM vol. 2
 * says, instruction by instruction. First who may run what: each operation in each virtual ring and IOPL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emulate.h"
#include "fake_machine.h"
#include "xorshift.h"

#define BUFFER 0x4000u

static struct fake_machine *machine;
static struct bare *guest;
static struct trap_frame *frame;

static int start(void **state)
{
    (void)state;
    machine = fake_start();
    guest = &machine->guest;
    frame = &machine->frame;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(machine);
    return 0;
}

static fault_t run_bytes(const char *bytes, size_t count)
{
    struct insn insn;

    frame->eip = FAKE_CODE;
    for (size_t i = 0; i < count; i++)
        guest->memory[FAKE_CODE + i] = (uint8_t)bytes[i];
    assert_int_equal(decode(guest->memory + FAKE_CODE, count, 4, &insn), DECODE_OK);
    assert_int_equal(insn.length, count);
    return emulate(guest, &insn);
}

#define RUN(bytes) run_bytes(bytes, sizeof(bytes) - 1)

/* It went well and EIP is behind it. */
#define RUN_OK(bytes)                                                       \
    do {                                                                    \
        assert_int_equal(RUN(bytes), FAULT_NONE);                           \
        assert_int_equal(frame->eip, FAKE_CODE + sizeof(bytes) - 1);        \
    } while (0)

/* It faulted, and EIP stands still. */
#define RUN_FAULT(bytes, fault)                                             \
    do {                                                                    \
        assert_int_equal(RUN(bytes), fault);                                \
        assert_int_equal(frame->eip, FAKE_CODE);                            \
    } while (0)

enum needs { NEEDS_NOTHING, NEEDS_IO, NEEDS_RING_0 };

static const struct privilege {
    const char *bytes;
    uint8_t count, needs;
} privileges[] = {
    { "\xfa", 1, NEEDS_IO }, { "\xfb", 1, NEEDS_IO }, { "\xec", 1, NEEDS_IO }, { "\xee", 1, NEEDS_IO },
    { "\xe5\x80", 2, NEEDS_IO }, { "\xe7\x80", 2, NEEDS_IO }, { "\x6c", 1, NEEDS_IO }, { "\x6f", 1, NEEDS_IO },
    { "\xf4", 1, NEEDS_RING_0 }, { "\x0f\x01\x17", 3, NEEDS_RING_0 }, { "\x0f\x01\x1f", 3, NEEDS_RING_0 },
    { "\x0f\x00\xd8", 3, NEEDS_RING_0 }, { "\x0f\x01\xf0", 3, NEEDS_RING_0 }, { "\x0f\x20\xc0", 3, NEEDS_RING_0 },
    { "\x0f\x22\xd0", 3, NEEDS_RING_0 }, { "\x0f\x21\xc0", 3, NEEDS_RING_0 }, { "\x0f\x23\xc0", 3, NEEDS_RING_0 },
    { "\x0f\x06", 2, NEEDS_RING_0 }, { "\x0f\x01\x3f", 3, NEEDS_RING_0 }, { "\x0f\x08", 2, NEEDS_RING_0 },
    { "\x0f\x09", 2, NEEDS_RING_0 }, { "\x0f\x32", 2, NEEDS_RING_0 }, { "\x0f\x30", 2, NEEDS_RING_0 },
    { "\xcd\x80", 2, NEEDS_NOTHING }, { "\x8e\xd0", 2, NEEDS_NOTHING },
};

static void privilege_check(const struct privilege *what, uint8_t ring, uint8_t iopl)
{
    bool allowed = what->needs == NEEDS_NOTHING || (what->needs == NEEDS_RING_0 ? ring == 0 : ring <= iopl);

    fake_stop(machine);
    start(NULL);
    fake_enter_ring(machine, ring);
    fake_gate(machine, 0x80, RING_CODE, 0x6000, 0xef);
    guest->iopl = iopl;
    guest->interrupts = true;
    frame->eax = what->bytes[0] == '\x8e' ? RING_DATA | ring : 0x11; /* SS; or PE for MOV CR and LMSW */
    frame->edi = frame->esi = BUFFER;
    frame->ecx = 0x174;
    if (what->bytes[1] == '\x00')
        frame->eax = FREE_ENTRY, fake_bytes(machine, FREE_ENTRY, 0, 103, 0x89, false);
    fault_t fault = run_bytes(what->bytes, what->count);
    assert_int_equal(fault, allowed ? FAULT_NONE : FAULT(13, 0));
    assert_int_equal(machine->ends + machine->crashes, 0);
    if (!allowed)
        assert_true(guest->interrupts && !guest->is_halted && frame->eip == FAKE_CODE);
}

static void who_may_run_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(privileges) / sizeof(privileges[0]); i++)
        for (uint8_t ring = 0; ring < 4; ring++)
            for (uint8_t iopl = 0; iopl < 4; iopl++)
                privilege_check(&privileges[i], ring, iopl);
}

static void interrupt_flag(void **state)
{
    (void)state;
    RUN_OK("\xfb");
    assert_true(guest->interrupts && guest->is_shadowed);
    assert_int_equal(guest->shadow_eip, FAKE_CODE + 1);
    guest->is_shadowed = false;
    RUN_OK("\xfb"); /* it was set already: no shadow */
    assert_false(guest->is_shadowed);
    RUN_OK("\xfa");
    assert_false(guest->interrupts);
    assert_int_equal(frame->eflags, 0x202); /* the real one stays on */
}

static void hlt_waits_or_ends(void **state)
{
    (void)state;
    guest->interrupts = true;
    RUN_OK("\xf4");
    assert_true(guest->is_halted);
    guest->interrupts = false;
    guest->is_halted = false;
    assert_int_equal(RUN("\xf4"), FAULT_STOPPED);
    assert_int_equal(machine->ends, 1);
    assert_int_equal(machine->domain.exit_status, 0);
    assert_false(guest->is_halted);
}

static void operands_are_addressed_as_encoded(void **state)
{
    struct trap_frame before;

    (void)state;
    frame->ebx = 0x12344000, frame->esi = 0xabcd0010, frame->eax = 0x1000, frame->edx = 0x400;
    before = *frame;
    fake_write(machine, 0x4015, 2, 0x0019); /* [bx+si+5], 16-bit addresses */
    RUN_OK("\x67\x0f\x01\x70\x05");
    assert_int_equal(guest->cr0, 0x19); /* TS: PE and ET were on */
    fake_write(machine, 0x1000 + 8 * 0x400 - 4, 2, 0x0015); /* [eax+edx*8-4] */
    RUN_OK("\x0f\x01\x74\xd0\xfc");
    assert_int_equal(guest->cr0, 0x15);
    frame->eip = before.eip;
    assert_memory_equal(frame, &before, sizeof(before));
    frame->ebp = 0x5000;
    bare_stack_load(guest, 0x60, fake_descriptor(0x100, 0xffff, 0x92, false, true));
    fake_write(machine, 0x5100, 2, 0x0011); /* [ebp] is in the stack segment */
    RUN_OK("\x0f\x01\x75\x00");
    assert_int_equal(guest->cr0, 0x11);
    frame->ds = 3; /* null */
    RUN_FAULT("\x0f\x01\x35\x00\x40\x00\x00", FAULT(13, 0));
    fake_write(machine, 0x4100, 2, 0x0019);
    RUN_OK("\x36\x0f\x01\x35\x00\x40\x00\x00"); /* with an SS override all is well */
    assert_int_equal(guest->cr0, 0x19);
}

static void control_registers_are_plain_variables(void **state)
{
    (void)state;
    frame->ecx = 0x12345678;
    RUN_OK("\x0f\x22\xd1"); /* cr2 := ecx */
    assert_int_equal(guest->cr2, 0x12345678);
    RUN_OK("\x0f\x20\xd3"); /* ebx := cr2 */
    assert_int_equal(frame->ebx, 0x12345678);
    RUN_OK("\x0f\x22\xd9");
    RUN_OK("\x0f\x20\xde");
    assert_int_equal(guest->cr3, 0x12345678);
    assert_int_equal(frame->esi, 0x12345678);
    frame->ecx = 0x620;
    RUN_OK("\x0f\x22\xe1");
    RUN_OK("\x0f\x20\xe7");
    assert_int_equal(frame->edi, 0x620);
    frame->ecx = 0x800; /* UMIP: not on this processor */
    RUN_FAULT("\x0f\x22\xe1", FAULT(13, 0));
    assert_int_equal(guest->cr4, 0x620);
}

static void cr0_rules(void **state)
{
    (void)state;
    frame->eax = 0x0005003f;
    RUN_OK("\x0f\x22\xc0");
    assert_int_equal(guest->cr0, 0x0005003f);
    frame->eax = 0x1ffaffc0 | 1; /* reserved bits are dropped, ET is fixed */
    RUN_OK("\x0f\x22\xc0");
    assert_int_equal(guest->cr0, 0x11);
    frame->eax = 0x60000011; /* CD and NW */
    RUN_OK("\x0f\x22\xc0");
    frame->eax = 0x20000011; /* NW without CD */
    RUN_FAULT("\x0f\x22\xc0", FAULT(13, 0));
    frame->eax = 0x80000000; /* PG without PE */
    RUN_FAULT("\x0f\x22\xc0", FAULT(13, 0));
    assert_int_equal(machine->crashes, 0);
    assert_int_equal(guest->cr0, 0x60000011);
    frame->eax = 0x80000011;
    RUN_FAULT("\x0f\x22\xc0", FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
    frame->eax = 0x10;
    RUN_FAULT("\x0f\x22\xc0", FAULT_STOPPED);
    assert_int_equal(machine->crashes, 2);
}

static void lmsw_and_clts(void **state)
{
    (void)state;
    guest->cr0 = 0x00050031;
    frame->eax = 0xffff000e;
    RUN_OK("\x0f\x01\xf0");
    assert_int_equal(guest->cr0, 0x0005003f); /* MP EM TS set, PE not cleared, the rest untouched */
    RUN_OK("\x0f\x06");
    assert_int_equal(guest->cr0, 0x00050037);
    frame->eax = 1;
    RUN_OK("\x0f\x01\xf0");
    assert_int_equal(guest->cr0, 0x00050031);
}

static void debug_registers(void **state)
{
    (void)state;
    frame->eax = 0xdeadbeef;
    RUN_OK("\x0f\x23\xd8"); /* dr3 := eax */
    RUN_OK("\x0f\x21\xd9"); /* ecx := dr3 */
    assert_int_equal(frame->ecx, 0xdeadbeef);
    frame->eax = 0;
    RUN_OK("\x0f\x23\xf0"); /* dr6: the fixed ones read as ones */
    assert_int_equal(guest->dr[6], 0xffff0ff0);
    RUN_OK("\x0f\x23\xf8");
    assert_int_equal(guest->dr[7], 0x400);
    frame->eax = 0xffffffff;
    RUN_OK("\x0f\x23\xe8"); /* dr5 is dr7 while CR4.DE is clear */
    assert_int_equal(guest->dr[7], 0xffff2fff);
    RUN_OK("\x0f\x21\xe1"); /* ecx := dr4 = dr6 */
    assert_int_equal(frame->ecx, 0xffff0ff0);
    guest->cr4 = 8;
    RUN_FAULT("\x0f\x23\xe8", FAULT(6, 0));
    RUN_FAULT("\x0f\x21\xe1", FAULT(6, 0));
    RUN_OK("\x0f\x21\xf1");
}

static void model_specific_registers(void **state)
{
    (void)state;
    machine->tsc = 0x123456789abcdef0;
    frame->ecx = 0x10;
    RUN_OK("\x0f\x32");
    assert_int_equal(frame->eax, 0x9abcdef0);
    assert_int_equal(frame->edx, 0x12345678);
    for (uint32_t msr = 0x174; msr <= 0x176; msr++) {
        frame->ecx = msr, frame->eax = msr * 3;
        RUN_OK("\x0f\x30");
    }
    for (uint32_t msr = 0x174; msr <= 0x176; msr++) {
        frame->ecx = msr;
        RUN_OK("\x0f\x32");
        assert_int_equal(frame->eax, msr * 3);
        assert_int_equal(frame->edx, 0);
    }
    for (uint32_t msr = 0x173; msr <= 0x177; msr += 4) {
        frame->ecx = msr;
        RUN_FAULT("\x0f\x32", FAULT(13, 0));
        RUN_FAULT("\x0f\x30", FAULT(13, 0));
    }
}

static void table_registers(void **state)
{
    (void)state;
    frame->ebx = BUFFER;
    fake_write(machine, BUFFER, 6, 0x12345678abcdull);
    RUN_OK("\x0f\x01\x1b"); /* lidt (%ebx) */
    assert_int_equal(guest->idt.limit, 0xabcd);
    assert_int_equal(guest->idt.base, 0x12345678);
    RUN_OK("\x66\x0f\x01\x1b"); /* 24 bits of base */
    assert_int_equal(guest->idt.base, 0x345678);
    fake_write(machine, BUFFER, 6, (uint64_t)(FAKE_GDT + 8) << 16 | 0x7f);
    RUN_OK("\x0f\x01\x13");
    assert_int_equal(guest->gdt.limit, 0x7f);
    assert_int_equal(guest->gdt.base, FAKE_GDT + 8);
    assert_true(guest->shadow_changed);
    frame->ebx = FAKE_MEMORY - 5;
    RUN_FAULT("\x0f\x01\x13", FAULT_STOPPED);
    assert_int_equal(guest->gdt.limit, 0x7f);
}

static void task_register(void **state)
{
    (void)state;
    fake_bytes(machine, 0x30, 0x3210, 200, 0x89, false);
    frame->eax = 0x33;
    RUN_OK("\x0f\x00\xd8"); /* ltr %ax */
    assert_int_equal(guest->task_base, 0x3210);
    assert_int_equal(guest->task_limit, 200);
    assert_int_equal(guest->task_selector & ~3, 0x30);
    assert_int_equal(fake_read(machine, FAKE_GDT + 0x35, 1), 0x8b); /* busy */
    RUN_FAULT("\x0f\x00\xd8", FAULT(13, 0x30));
    fake_bytes(machine, 0x30, 0, 103, 0x09, false);
    RUN_FAULT("\x0f\x00\xd8", FAULT(11, 0x30));
    frame->eax = KERNEL_DATA;
    RUN_FAULT("\x0f\x00\xd8", FAULT(13, KERNEL_DATA));
    frame->eax = 3;
    RUN_FAULT("\x0f\x00\xd8", FAULT(13, 0));
    frame->eax = 0x04; /* index 0 of an LDT is not null */
    RUN_FAULT("\x0f\x00\xd8", FAULT(13, 0x04));
    assert_int_equal(guest->task_limit, 200);
}

static void stack_segment(void **state)
{
    (void)state;
    fake_flat(machine, 0x30, ACCESS_DATA(0));
    frame->eax = 0x30;
    RUN_OK("\x8e\xd0"); /* mov %ax, %ss */
    assert_int_equal(frame->ss, 0x33);
    assert_true(guest->is_shadowed);
    assert_int_equal(guest->shadow_eip, FAKE_CODE + 2);
    frame->eax = 0;
    RUN_FAULT("\x8e\xd0", FAULT(13, 0));
    frame->eax = 0x04;
    RUN_FAULT("\x8e\xd0", FAULT(13, 0x04));
    frame->eax = USER_DATA | 3;
    RUN_FAULT("\x8e\xd0", FAULT(13, USER_DATA));
    fake_flat(machine, 0x38, 0x12);
    frame->eax = 0x38;
    RUN_FAULT("\x8e\xd0", FAULT(12, 0x38));
    assert_int_equal(frame->ss, 0x33);
}

static void pop_of_the_stack_segment(void **state)
{
    (void)state;
    fake_write(machine, FAKE_STACK, 4, KERNEL_DATA);
    RUN_OK("\x17");
    assert_int_equal(frame->esp, FAKE_STACK + 4);
    frame->esp = FAKE_STACK;
    RUN_OK("\x66\x17");
    assert_int_equal(frame->esp, FAKE_STACK + 2);
    bare_stack_load(guest, 0x60, fake_descriptor(0, 0xffff, 0x92, false, false));
    frame->esp = 0x1234fffc;
    fake_write(machine, 0xfffc, 2, KERNEL_DATA);
    RUN_OK("\x17");
    assert_int_equal(frame->esp, 0x12340000); /* 16-bit stack: SP wraps alone */
    frame->esp = FAKE_STACK;
    fake_write(machine, FAKE_STACK, 2, 0xfff8);
    RUN_FAULT("\x17", FAULT(13, 0xfff8));
    assert_int_equal(frame->esp, FAKE_STACK);
}

static void far_pointer_to_the_stack(void **state)
{
    (void)state;
    frame->ebx = BUFFER;
    frame->esp = 0xffffffff;
    fake_write(machine, BUFFER, 6, 0x001012345678ull);
    RUN_OK("\x0f\xb2\x23"); /* lss (%ebx), %esp */
    assert_int_equal(frame->esp, 0x12345678);
    assert_int_equal(frame->ss, 0x13);
    assert_true(guest->is_shadowed);
    fake_write(machine, BUFFER, 4, 0x00105678);
    RUN_OK("\x66\x0f\xb2\x0b");
    assert_int_equal(frame->ecx & 0xffff, 0x5678);
    fake_write(machine, BUFFER, 6, 0xfff800000000ull);
    RUN_FAULT("\x0f\xb2\x23", FAULT(13, 0xfff8));
    assert_int_equal(frame->esp, 0x12345678);
}

static void software_interrupt(void **state)
{
    (void)state;
    fake_gate(machine, 0x80, KERNEL_CODE, 0x6000, 0x8e);
    assert_int_equal(RUN("\xcd\x80"), FAULT_NONE);
    assert_int_equal(frame->eip, 0x6000);
    assert_int_equal(fake_read(machine, frame->esp, 4), FAKE_CODE + 2);
    guest->idt.limit = 0;
    frame->esp = FAKE_STACK;
    assert_int_equal(RUN("\xcd\x80"), FAULT_STOPPED);
    assert_int_equal(machine->crashes, 1);
}

static void in_and_out_by_size(void **state)
{
    (void)state;
    frame->eax = 0x11223344;
    frame->edx = 0xabcd0080;
    RUN_OK("\xec");
    assert_int_equal(frame->eax, 0x112233ff);
    RUN_OK("\x66\xed");
    assert_int_equal(frame->eax, 0x1122ffff);
    RUN_OK("\xed");
    assert_int_equal(frame->eax, 0xffffffff);
    frame->eax = 0x12345641;
    frame->edx = 0x3f8;
    RUN_OK("\xee");
    assert_int_equal(machine->output_count, 1);
    assert_int_equal(machine->output[0], 'A');
    frame->eax = 7;
    assert_int_equal(RUN("\xe6\xf4"), FAULT_STOPPED);
    assert_int_equal(machine->domain.exit_status, 7);
}

/* REP OUTS and REP INS against a model, in batches, both directions, both address sizes. */
struct string_case {
    bool is_output, backward, small;
    uint8_t size, rep;
    uint32_t count, at;
};

static unsigned string_place(const struct string_case *now)
{
    unsigned length = 0;
    uint8_t *code = guest->memory + FAKE_CODE;

    if (now->size == 2)
        code[length++] = 0x66;
    if (now->small)
        code[length++] = 0x67;
    if (now->rep)
        code[length++] = now->rep;
    code[length++] = (uint8_t)((now->is_output ? 0x6e : 0x6c) | (now->size > 1));
    return length;
}

static uint32_t string_step(const struct string_case *now, uint32_t index)
{
    uint32_t next = index + (now->backward ? 0u - now->size : now->size);

    return now->small ? (index & 0xffff0000) | (next & 0xffff) : next;
}

static void string_check(const struct string_case *now)
{
    unsigned length = string_place(now), turns = 0;
    uint32_t *index = now->is_output ? &frame->esi : &frame->edi, expected = now->at;
    uint32_t count = now->rep ? (now->small ? now->count & 0xffff : now->count) : 1;
    struct insn insn;

    frame->eip = FAKE_CODE;
    frame->edx = now->is_output ? 0x3ff : 0x80; /* the UART's scratch register, or nothing */
    frame->ecx = now->count;
    frame->eflags = now->backward ? 0x602 : 0x202;
    *index = now->at;
    for (uint32_t i = 0; i < count; i++)
        expected = string_step(now, expected);
    assert_int_equal(decode(guest->memory + FAKE_CODE, length, 4, &insn), DECODE_OK);
    while (frame->eip == FAKE_CODE) {
        uint32_t left = frame->ecx;

        assert_int_equal(emulate(guest, &insn), FAULT_NONE);
        turns++;
        assert_true(!now->rep || left - frame->ecx <= EMULATE_REP_BATCH);
    }
    assert_int_equal(frame->eip, FAKE_CODE + length);
    assert_int_equal(*index, expected);
    assert_int_equal(turns, count == 0 ? 1 : (count + EMULATE_REP_BATCH - 1) / EMULATE_REP_BATCH);
    assert_int_equal(frame->ecx, now->rep ? now->count - count : now->count);
}

static void string_instructions_in_batches(void **state)
{
    static const uint32_t counts[] = { 0, 1, 63, 64, 65, 200, 0x10003 };
    static const uint8_t reps[] = { 0, 0xf2, 0xf3 };

    (void)state;
    for (unsigned i = 0; i < 2 * 2 * 2 * 3 * 3 * 7; i++) {
        struct string_case now = { .is_output = i & 1, .backward = i >> 1 & 1, .small = i >> 2 & 1 };

        now.size = (uint8_t)(1 << i / 8 % 3);
        now.rep = reps[i / 24 % 3];
        now.count = counts[i / 72];
        now.at = 0x20000;
        if (now.count == 0x10003 && !now.small)
            continue; /* with small addresses that is 3 */
        if (now.small)
            now.at = now.backward ? 8 : 0xfff8; /* and it wraps */
        string_check(&now);
    }
}

static void string_data_arrives(void **state)
{
    (void)state;
    memcpy(guest->memory + BUFFER, "serial", 6);
    frame->edx = 0x3f8, frame->esi = BUFFER, frame->ecx = 6;
    RUN_OK("\xf3\x6e");
    assert_int_equal(machine->output_count, 6);
    assert_memory_equal(machine->output, "serial", 6);
    bare_segment_fill(guest, KERNEL_DATA);
    vuart_receive(&guest->uart, 'k');
    frame->edi = BUFFER, frame->ecx = 1;
    RUN_OK("\xf3\x6c");
    assert_int_equal(guest->memory[BUFFER], 'k');
    frame->edx = 0x80, frame->edi = BUFFER;
    RUN_OK("\x6d");
    assert_int_equal(fake_read(machine, BUFFER, 4), 0xffffffff);
    memcpy(guest->memory + 0x4100, "x", 1);
    bare_stack_load(guest, 0x60, fake_descriptor(0x100, 0xffff, 0x92, false, true));
    frame->edx = 0x3f8, frame->esi = BUFFER;
    RUN_OK("\x36\x6e"); /* outsb %ss:(%esi) */
    assert_int_equal(machine->output[6], 'x');
}

/* What was done before the fault stays done, and the registers say how far. */
static void string_fault_in_the_middle(void **state)
{
    (void)state;
    guest->shadow[0x60 / 8] = fake_descriptor(0, BUFFER + 4, 0xf3, false, true);
    frame->ds = frame->es = 0x60;
    frame->edx = 0x3f8, frame->esi = BUFFER, frame->ecx = 10;
    RUN_FAULT("\xf3\x6e", FAULT(13, 0));
    assert_int_equal(machine->output_count, 5);
    assert_int_equal(frame->esi, BUFFER + 5);
    assert_int_equal(frame->ecx, 5);
    frame->edx = 0x80, frame->edi = BUFFER, frame->ecx = 10;
    RUN_FAULT("\xf3\x6c", FAULT(13, 0));
    assert_int_equal(frame->edi, BUFFER + 5);
    guest->shadow[0x60 / 8] = fake_descriptor(0, 0xffff, 0xf1, false, true);
    vuart_receive(&guest->uart, 'k');
    frame->edx = 0x3f8, frame->edi = BUFFER, frame->ecx = 1;
    RUN_FAULT("\xf3\x6c", FAULT(13, 0)); /* read-only: and the device has not been asked */
    assert_int_equal(guest->uart.count, 1);
}

static void output_that_ends_the_guest(void **state)
{
    (void)state;
    memcpy(guest->memory + BUFFER, "\3\4", 2);
    frame->edx = 0xf4, frame->esi = BUFFER, frame->ecx = 2;
    assert_int_equal(RUN("\xf3\x6e"), FAULT_STOPPED);
    assert_int_equal(machine->domain.exit_status, 3);
}

/* Random bytes behind random states: AddressSanitizer and the shadow's invariants look on. */
static void random_instructions(void **state)
{
    uint64_t seed = 12;
    struct insn insn;

    (void)state;
    for (unsigned round = 0; round < 500000; round++) {
        uint8_t bytes[16];
        uint32_t *registers = &frame->edi;

        for (unsigned i = 0; i < 16; i++)
            bytes[i] = (uint8_t)xorshift_next(&seed);
        if (round & 1)
            bytes[0] = 0x0f;
        for (unsigned i = 0; i < 8; i++)
            registers[i] = xorshift_next(&seed) & (xorshift_next(&seed) & 1 ? FAKE_MEMORY - 1 : UINT32_MAX);
        frame->esp = FAKE_STACK + (xorshift_next(&seed) & 0xfff);
        if (decode(bytes, 15, round & 2 ? 4 : 2, &insn) != DECODE_OK)
            continue;
        if (emulate(guest, &insn) == FAULT_STOPPED || !domain_is_alive(&machine->domain)) {
            fake_stop(machine);
            start(NULL);
        }
        if (round % 64 == 0)
            assert_null(fake_shadow_broken(machine));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_run_what, start, stop),
        cmocka_unit_test_setup_teardown(interrupt_flag, start, stop),
        cmocka_unit_test_setup_teardown(hlt_waits_or_ends, start, stop),
        cmocka_unit_test_setup_teardown(operands_are_addressed_as_encoded, start, stop),
        cmocka_unit_test_setup_teardown(control_registers_are_plain_variables, start, stop),
        cmocka_unit_test_setup_teardown(cr0_rules, start, stop),
        cmocka_unit_test_setup_teardown(lmsw_and_clts, start, stop),
        cmocka_unit_test_setup_teardown(debug_registers, start, stop),
        cmocka_unit_test_setup_teardown(model_specific_registers, start, stop),
        cmocka_unit_test_setup_teardown(table_registers, start, stop),
        cmocka_unit_test_setup_teardown(task_register, start, stop),
        cmocka_unit_test_setup_teardown(stack_segment, start, stop),
        cmocka_unit_test_setup_teardown(pop_of_the_stack_segment, start, stop),
        cmocka_unit_test_setup_teardown(far_pointer_to_the_stack, start, stop),
        cmocka_unit_test_setup_teardown(software_interrupt, start, stop),
        cmocka_unit_test_setup_teardown(in_and_out_by_size, start, stop),
        cmocka_unit_test_setup_teardown(string_instructions_in_batches, start, stop),
        cmocka_unit_test_setup_teardown(string_data_arrives, start, stop),
        cmocka_unit_test_setup_teardown(string_fault_in_the_middle, start, stop),
        cmocka_unit_test_setup_teardown(output_that_ends_the_guest, start, stop),
        cmocka_unit_test_setup_teardown(random_instructions, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
