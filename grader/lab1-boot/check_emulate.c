/*
 * Exercise 1.4, privilege, IF and HLT: instructions carried out on the virtual CPU. They are given decoded, so that
 * these checks do not depend on exercise 1.3. What is right is taken from the instructions' pages in SDM vol. 2.
 */
#include "check_machine.h"

/* Who may execute what: vol. 2, "Protected Mode Exceptions" of each. */
enum who { RING0, IOPL };

static const struct {
    const char *name;
    uint8_t op, size;
    enum who who;
} rules[] = {
    { "cli", INSN_CLI, 4, IOPL }, { "sti", INSN_STI, 4, IOPL }, { "hlt", INSN_HLT, 4, RING0 },
    { "in", INSN_IN, 1, IOPL }, { "out", INSN_OUT, 1, IOPL }, { "ins", INSN_INS, 1, IOPL },
    { "outs", INSN_OUTS, 1, IOPL }, { "lgdt", INSN_LGDT, 4, RING0 }, { "lidt", INSN_LIDT, 4, RING0 },
    { "ltr", INSN_LTR, 2, RING0 }, { "lmsw", INSN_LMSW, 2, RING0 }, { "mov from cr", INSN_MOV_FROM_CR, 4, RING0 },
    { "mov to cr", INSN_MOV_TO_CR, 4, RING0 }, { "mov from dr", INSN_MOV_FROM_DR, 4, RING0 },
    { "mov to dr", INSN_MOV_TO_DR, 4, RING0 }, { "clts", INSN_CLTS, 4, RING0 }, { "invlpg", INSN_INVLPG, 4, RING0 },
    { "invd", INSN_INVD, 4, RING0 }, { "wbinvd", INSN_WBINVD, 4, RING0 }, { "rdmsr", INSN_RDMSR, 4, RING0 },
    { "wrmsr", INSN_WRMSR, 4, RING0 },
};

/* Carried out by code that is there from the start; the others are for later checks once they are permitted. */
static bool is_given(uint8_t op)
{
    return op == INSN_LTR || op == INSN_MOV_FROM_DR || op == INSN_MOV_TO_DR || (op >= INSN_CLTS && op <= INSN_WRMSR);
}

/* A machine and an instruction on it that succeeds where it is permitted. */
static void permission_make(struct wire_machine *machine, struct wire_insn *insn, unsigned rule, unsigned ring)
{
    machine_make(machine);
    machine->ring = ring;
    machine->interrupts = true;
    machine->ecx = 0x174; /* an MSR that can be read and written */
    *insn = insn_make(rules[rule].op, rules[rule].size);
    insn_register(insn, REG_AX);
    insn->reg = 3; /* CR3, DR3 */
    if (insn->op == INSN_LGDT || insn->op == INSN_LIDT || insn->op == INSN_INVLPG)
        insn_memory(insn, SEG_DS, REG_NONE, REG_NONE, 1, PLACE_DATA);
    if (insn->op == INSN_LTR) {
        machine->eax = GUEST_FREE;
        machine_segment(machine, GUEST_FREE, PLACE_TASK, 0x67, 0x89, 0);
    }
}

static void permission_try(unsigned rule, unsigned ring, unsigned iopl)
{
    enum who who = rules[rule].who;
    bool permitted = who == RING0 ? ring == 0 : ring <= iopl;
    struct wire_machine machine;
    struct wire_insn insn;

    permission_make(&machine, &insn, rule, ring);
    machine.iopl = iopl;
    if (permitted && !is_given(insn.op) && insn.op != INSN_CLI)
        return;
    check_case("%s in ring %u with IOPL %u", rules[rule].name, ring, iopl);
    const struct wire_outcome *outcome = emulate_run(&machine, &insn);
    if (permitted)
        expect_fault(FAULT_NONE, outcome->fault);
    else
        expect_outcome(&machine, FAULT(VECTOR_GP, 0), outcome);
}

static void run_privilege(void)
{
    for (unsigned rule = 0; rule < sizeof(rules) / sizeof(rules[0]); rule++)
        for (unsigned ring = 0; ring < 4; ring++)
            for (unsigned iopl = 0; iopl < 4; iopl++)
                permission_try(rule, ring, iopl);
}

static void flag_try(uint8_t op, bool before)
{
    struct wire_insn insn = insn_make(op, 4);
    struct wire_machine machine, expected;

    machine_make(&machine);
    machine.interrupts = before;
    expected = machine;
    expected.eip += insn.length;
    expected.interrupts = op == INSN_STI;
    expected.is_shadowed = op == INSN_STI && !before; /* SDM vol. 2, STI: only when IF was clear */
    expected.shadow_eip = expected.eip;
    check_case("%s while the virtual IF is %d, %u bytes at %#x", op == INSN_STI ? "sti" : "cli", before, insn.length,
               machine.eip);
    check_where("emulate.c: emulate_%s()", op == INSN_STI ? "sti" : "cli");
    expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
}

static void run_interrupt_flag(void)
{
    for (unsigned round = 0; round < 8; round++) {
        flag_try(INSN_CLI, round & 1);
        flag_try(INSN_STI, round & 1);
    }
}

static void run_halt(void)
{
    struct wire_insn insn = insn_make(INSN_HLT, 4);
    struct wire_machine machine, expected;
    const struct wire_outcome *outcome;

    machine_make(&machine);
    machine.interrupts = true;
    expected = machine;
    expected.eip += insn.length;
    expected.is_halted = true;
    check_case("hlt with the virtual IF on");
    expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
    machine.interrupts = false;
    check_case("hlt with the virtual IF off: nothing can ever wake this guest");
    outcome = emulate_run(&machine, &insn);
    expect_fault(FAULT_STOPPED, outcome->fault);
    check_equal("domain (1: ended, 2: crashed)", WIRE_ENDED, outcome->domain);
    check_equal("exit status", 0, outcome->exit_status);
}

static const struct check checks[] = {
    { .name = "privilege", .exercise = "1.4", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Privileged instructions ask for virtual ring 0, or IOPL for IF and ports; a refusal changes nothing.",
      .where = "emulate.c: is_permitted()",
      .causes = { "I/O and IF instructions are allowed when ring <= IOPL, not when ring < IOPL or ring == 0",
                  "the virtual ring counts, not the real one in CS" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_privilege },
    { .name = "interrupt-flag", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "CLI and STI set the virtual IF alone, and STI from 0 holds interrupts off for one instruction.",
      .where = "emulate.c: emulate_sti()",
      .causes = { "the real EFLAGS in the frame is changed: it must not be", "shadow_eip is the instruction after STI",
                  "STI with IF already set casts no shadow" },
      .requires = { "privilege" }, .run = run_interrupt_flag },
    { .name = "halt", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "HLT waits for an interrupt when the virtual IF is on and ends the guest when it is off.",
      .where = "emulate.c: emulate_hlt()",
      .causes = { "the guest's end is returned as FAULT_STOPPED", "the status of a guest that halts for good is 0" },
      .requires = { "privilege" }, .run = run_halt },
};
CHECKS(checks);
