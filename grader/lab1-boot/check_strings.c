/*
 * Exercise 1.5, instructions: IN, OUT, INS and OUTS (SDM vol. 2). The UART's scratch register is the port that keeps
 * what it is given; its data port shows on the console in which order bytes were sent.
 */
#include <string.h>

#include "check_machine.h"

#define UART        0x3f8
#define LSR         0x3fd
#define LSR_IDLE    0x60
#define NOBODY      0x5f00
#define BATCH_LIMIT 64   /* EMULATE_REP_BATCH: part of the exercise's text */

/* SDM vol. 2, IN: AL, AX or EAX; nothing above changes. The line status register and what is behind it are known. */
static void in_try(unsigned size, bool has_immediate)
{
    struct wire_insn insn = insn_make(INSN_IN, (uint8_t)size);
    struct wire_machine machine, expected;
    uint32_t mask = size == 4 ? 0xffffffff : (1u << 8 * size) - 1;

    machine_make(&machine);
    machine.ring = check_below(4);
    machine.iopl = machine.ring;
    machine.edx = (check_random() & 0xffff0000) | LSR; /* DX alone is the port */
    uint32_t value = 0xff00b060; /* LSR, MSR, scratch (0), nobody */
    if (has_immediate) {
        insn.has_immediate = true;
        insn.immediate = 0x80;
        value = 0xffffffff;
    }
    expected = machine;
    expected.eax = (machine.eax & ~mask) | (value & mask);
    expected.eip += insn.length;
    check_case("in of %u bytes, port in %s, ring %u, IOPL %u", size, has_immediate ? "the instruction" : "dx",
               machine.ring, machine.iopl);
    expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
}

static void out_try(unsigned size)
{
    struct wire_insn insn = insn_make(INSN_OUT, (uint8_t)size);
    struct wire_machine machine, expected;

    machine_make(&machine);
    machine.edx = (check_random() & 0xffff0000) | (UART + 1 - size); /* its last byte is the data port's */
    expected = machine;
    expected.eip += insn.length;
    check_case("out of %u bytes that end at port 0x3f8, eax = %#x", size, machine.eax);
    const struct wire_outcome *outcome = emulate_run(&machine, &insn);
    expect_outcome(&expected, FAULT_NONE, outcome);
    check_equal("bytes that reached the console", 1, outcome->console_count);
    check_equal("the byte", machine.eax >> 8 * (size - 1) & 0xff, outcome->console[0]);
}

static void out_exit_try(void)
{
    struct wire_insn insn = insn_make(INSN_OUT, 1);
    struct wire_machine machine;

    machine_make(&machine);
    insn.has_immediate = true;
    insn.immediate = 0xf4;
    machine.eax = (machine.eax & ~0xffu) | 3;
    check_case("out 0xf4, al with al = 3");
    const struct wire_outcome *outcome = emulate_run(&machine, &insn);
    expect_fault(FAULT_STOPPED, outcome->fault);
    check_equal("domain (1: ended, 2: crashed)", WIRE_ENDED, outcome->domain);
    check_equal("exit status", 3, outcome->exit_status);
}

static void run_in_out(void)
{
    for (unsigned round = 0; round < 12; round++) {
        unsigned size = 1u << round % 3;

        in_try(size, round & 1);
        in_try(size, false);
        out_try(size);
    }
    out_exit_try();
}

/* A string instruction being tried. `start` is where ESI or EDI points. */
struct string {
    uint8_t op, size, address_size;
    bool repeats, is_down;
    uint32_t count, start;
};

static struct wire_insn string_make(struct wire_machine *machine, const struct string *string)
{
    struct wire_insn insn = insn_make(string->op, string->size);
    uint32_t mask = string->address_size == 4 ? 0xffffffff : 0xffff;

    machine_make(machine);
    insn.address_size = string->address_size;
    insn.rep = string->repeats ? check_below(2) ? REP_REPE : REP_REPNE : REP_NONE;
    uint32_t *index = string->op == INSN_INS ? &machine->edi : &machine->esi;
    *index = (*index & ~mask) | (string->start & mask);
    machine->ecx = (machine->ecx & ~mask) | (string->count & mask);
    machine->edx = (machine->edx & ~0xffffu) | (string->op == INSN_INS ? LSR : UART);
    machine->eflags |= string->is_down ? FLAGS_DF : 0;
    check_case("%s%s of %u bytes, %u-bit addresses, DF %d, index %#x, count %#x", string->repeats ? "rep " : "",
               string->op == INSN_INS ? "ins" : "outs", string->size, string->address_size * 8, string->is_down,
               string->start, string->repeats ? string->count : 1);
    return insn;
}

/* What `done` iterations leave behind. `end`: EIP moves on. */
static void string_expect(struct wire_machine *expected, const struct string *string, const struct wire_insn *insn,
                          unsigned done, bool is_end)
{
    uint32_t mask = string->address_size == 4 ? 0xffffffff : 0xffff;
    uint32_t *index = string->op == INSN_INS ? &expected->edi : &expected->esi;
    static const uint8_t known[4] = { LSR_IDLE, 0xb0, 0, 0xff }; /* ports 0x3fd to 0x400 */

    for (unsigned i = 0; i < done; i++) {
        uint32_t place = *index & mask;
        for (unsigned at = 0; at < string->size && string->op == INSN_INS; at++)
            expected->memory[place + at] = known[at];
        *index = (*index & ~mask) | ((*index + (string->is_down ? 0u - string->size : string->size)) & mask);
    }
    if (string->repeats)
        expected->ecx = (expected->ecx & ~mask) | ((expected->ecx - done) & mask);
    if (is_end)
        expected->eip += insn->length;
}

static const struct wire_outcome *string_try(const struct string *string)
{
    struct wire_machine machine, expected;
    struct wire_insn insn = string_make(&machine, string);
    unsigned wanted = string->repeats ? string->count : 1;
    unsigned done = wanted > BATCH_LIMIT ? BATCH_LIMIT : wanted;

    expected = machine;
    string_expect(&expected, string, &insn, done, done == wanted);
    const struct wire_outcome *outcome = emulate_run(&machine, &insn);
    expect_outcome(&expected, FAULT_NONE, outcome);
    return outcome;
}

static void run_string_steps(void)
{
    for (unsigned round = 0; round < 48; round++) {
        struct string string = { .op = round & 1 ? INSN_INS : INSN_OUTS, .size = (uint8_t)(1u << round % 3),
                                 .address_size = round & 2 ? 4 : 2, .repeats = round & 4, .is_down = round & 8,
                                 .count = check_below(20), .start = PLACE_DATA + 0x100 + check_below(0x100) };
        string_try(&string);
    }
}

static void run_string_order(void)
{
    for (unsigned round = 0; round < 8; round++) {
        struct string string = { .op = INSN_OUTS, .size = 1, .address_size = 4, .repeats = true, .is_down = round & 1,
                                 .count = 5 + check_below(20), .start = PLACE_DATA + 0x100 + check_below(0x100) };
        const struct wire_outcome *outcome = string_try(&string);
        check_equal("bytes that reached the console", string.count, outcome->console_count);
        for (unsigned i = 0; i < string.count; i++)
            check_equal("a byte of them", outcome->machine.memory[string.start + (string.is_down ? 0 - i : i)],
                        outcome->console[i]);
    }
}

/* [E]CX of more than a batch: EIP stays, and the guest's next turn goes on. REP with 0 does nothing but end. */
static void run_string_batches(void)
{
    static const uint32_t counts[] = { 0, 1, 63, 64, 65, 128, 200 };

    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (unsigned round = 0; round < 4; round++) {
            struct string string = { .op = round & 1 ? INSN_INS : INSN_OUTS, .size = round & 2 ? 4 : 1,
                                     .address_size = 4, .repeats = true, .count = counts[i], .start = PLACE_DATA };
            string_try(&string);
        }
    struct string forever = { .op = INSN_OUTS, .size = 1, .address_size = 4, .repeats = true, .count = 0xffffffff,
                              .start = PLACE_DATA };
    string_try(&forever);
}

/* With 16-bit addresses SI, DI and CX are 16 bits wide, and what is above stays. */
static void run_string_wrap(void)
{
    for (unsigned round = 0; round < 8; round++) {
        struct string string = { .op = round & 1 ? INSN_INS : INSN_OUTS, .size = 2, .address_size = 2, .repeats = true,
                                 .is_down = true, .count = 3 + check_below(4), .start = 4 };
        struct wire_machine machine, expected;
        struct wire_insn insn = string_make(&machine, &string);

        /* The third word is at 0; the next would be at 0xfffe, which is beyond the guest's memory. */
        expected = machine;
        string.count = 3;
        string_expect(&expected, &string, &insn, 3, (machine.ecx & 0xffff) == 3);
        const struct wire_outcome *outcome = emulate_run(&machine, &insn);
        if ((machine.ecx & 0xffff) == 3)
            expect_fault(FAULT_NONE, outcome->fault);
        else
            expect_fault(FAULT_STOPPED, outcome->fault);
        expect_machine(&expected, &outcome->machine);
    }
}

/* The index runs into the end of the segment: what was done stays done, the rest can be tried again. */
static void run_string_fault(void)
{
    for (unsigned round = 0; round < 8; round++) {
        struct string string = { .op = INSN_OUTS, .size = 1, .address_size = 4, .repeats = true, .is_down = true,
                                 .count = 10 + check_below(10), .start = 2 + check_below(6) };
        struct wire_machine machine, expected;
        struct wire_insn insn = string_make(&machine, &string);

        machine.fs = 0; /* null: not even the first byte */
        insn.segment = round & 1 ? SEG_FS : SEG_DS;
        expected = machine;
        if (insn.segment == SEG_DS)
            string_expect(&expected, &string, &insn, string.start + 1, false);
        const struct wire_outcome *outcome = emulate_run(&machine, &insn);
        expect_fault(insn.segment == SEG_FS ? FAULT(VECTOR_GP, 0) : FAULT_STOPPED, outcome->fault);
        expect_machine(&expected, &outcome->machine);
    }
}

static const struct check checks[] = {
    { .name = "in-out", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "IN and OUT move AL, AX or EAX between the port in DX or in the instruction, and nothing else.",
      .where = "emulate_port.c: emulate_in()", .stop = "emulate_in",
      .causes = { "IN of one byte clears the rest of EAX", "IN AX and EAX want operand_size bytes",
                  "an OUT to the exit port has ended the guest: FAULT_STOPPED" },
      .requires = { "port-wide-read", "port-wide-write", "privilege" }, .run = run_in_out },
    { .name = "string-steps", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "INS and OUTS move ESI or EDI by the operand size, up or down as DF says, and REP counts ECX down.",
      .where = "emulate_port.c: string()",
      .causes = { "DF in the frame's EFLAGS is not looked at", "the step is 1 whatever the operand size",
                  "ECX changes although there is no REP",
                  "it does not come back: EIP has not moved although the last iteration is done" },
      .requires = { "in-out" }, .run = run_string_steps },
    { .name = "string-order", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "REP OUTS sends the bytes from ESI on, in the order in which they are passed.",
      .where = "emulate_port.c: string()",
      .causes = { "the index moves before the element is sent" },
      .requires = { "string-steps" }, .run = run_string_order },
    { .name = "string-batches", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A repeated instruction does at most 64 iterations at a time, and EIP moves on only after the last.",
      .where = "emulate_port.c: string()",
      .causes = { "REP with a count of 0 does one iteration", "EIP moves on although ECX is not 0",
                  "ECX of 2^32 - 1 keeps the hypervisor busy" },
      .requires = { "string-steps" }, .run = run_string_batches },
    { .name = "string-wrap", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "With 16-bit addresses SI, DI and CX wrap at 16 bits and the registers' upper halves stay.",
      .where = "emulate_port.c: string()",
      .causes = { "the registers are read and written with address_size bytes" },
      .requires = { "string-steps" }, .run = run_string_wrap },
    { .name = "string-fault", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A fault in the middle of REP keeps the iterations that were done, so that it can go on from there.",
      .where = "emulate_port.c: string()",
      .causes = { "index and count move before the fault is seen", "the registers are written back only at the end" },
      .requires = { "string-steps" }, .run = run_string_fault },
};
CHECKS(checks);
