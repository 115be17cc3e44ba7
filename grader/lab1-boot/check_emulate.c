/*
 * Exercise 1.4, privilege, flags and control registers: instructions carried out on the virtual CPU. They are given
 * decoded, so that these checks do not depend on exercise 1.3. What is right is taken from the instructions' pages in
 * SDM vol. 2 and from vol. 3 section 2.5.
 */
#include <string.h>

#include "check_machine.h"

#define CR0_ALWAYS   0x10u       /* ET is fixed at one */
#define CR0_BITS     0xe005003fu /* PG CD NW AM WP NE ET TS EM MP PE: SDM vol. 3 figure 2-7 */
#define CR4_BITS     0x7ffu

/* Who may execute what: vol. 2, "Protected Mode Exceptions" of each. */
enum who { RING0, IOPL, ANYBODY };

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
    { "wrmsr", INSN_WRMSR, 4, RING0 }, { "mov to ss", INSN_MOV_TO_SS, 2, ANYBODY },
};

/* Exercise 1.5 does these once they are permitted: looked at there. */
static bool is_port_access(uint8_t op)
{
    return op == INSN_IN || op == INSN_OUT || op == INSN_INS || op == INSN_OUTS;
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
    if (insn->op == INSN_LMSW)
        machine->eax = 1;
    if (insn->op == INSN_LTR) {
        machine->eax = GUEST_FREE;
        machine_segment(machine, GUEST_FREE, PLACE_TASK, 0x67, 0x89, 0);
    }
    if (insn->op == INSN_MOV_TO_SS) {
        machine->eax = GUEST_FREE | ring;
        machine_segment(machine, GUEST_FREE, 0, 0xfffff, (uint8_t)(0x92 | ring << 5), 0xc);
    }
}

static void permission_try(unsigned rule, unsigned ring, unsigned iopl)
{
    enum who who = rules[rule].who;
    bool permitted = who == ANYBODY || (who == RING0 ? ring == 0 : ring <= iopl);
    struct wire_machine machine;
    struct wire_insn insn;

    permission_make(&machine, &insn, rule, ring);
    machine.iopl = iopl;
    if (permitted && is_port_access(insn.op))
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

static struct wire_insn control_insn(uint8_t op, unsigned number, uint8_t reg)
{
    struct wire_insn insn = insn_make(op, 4);

    insn.reg = (uint8_t)number;
    insn_register(&insn, reg);
    return insn;
}

static uint32_t *control_register(struct wire_machine *machine, unsigned number)
{
    return number == 0 ? &machine->cr0 : number == 2 ? &machine->cr2 : number == 3 ? &machine->cr3 : &machine->cr4;
}

static const unsigned numbers[] = { 0, 2, 3, 4 };

static void run_mov_from_cr(void)
{
    for (unsigned round = 0; round < 32; round++) {
        unsigned number = numbers[round % 4];
        struct wire_insn insn = control_insn(INSN_MOV_FROM_CR, number, (uint8_t)(round / 4));
        struct wire_machine machine, expected;

        machine_make(&machine);
        machine.cr0 = check_random() | 0x11;
        machine.cr2 = check_random();
        machine.cr3 = check_random();
        machine.cr4 = check_random() & CR4_BITS;
        expected = machine;
        *machine_register(&expected, insn.rm.reg) = *control_register(&machine, number);
        expected.eip += insn.length;
        check_case("mov %s, cr%u", register_names[insn.rm.reg], number);
        expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
    }
}

/* Writes `value` to the register and expects it to become `after`, or the fault. */
static void control_try(unsigned number, uint32_t value, uint32_t after, uint32_t fault)
{
    uint8_t reg = (uint8_t)check_below(8);
    struct wire_insn insn = control_insn(INSN_MOV_TO_CR, number, reg);
    struct wire_machine machine, expected;

    machine_make(&machine);
    *machine_register(&machine, reg) = value;
    expected = machine;
    check_case("mov cr%u, %s with %s = %#x", number, register_names[reg], register_names[reg], value);
    if (fault == FAULT_NONE) {
        *control_register(&expected, number) = after;
        expected.eip += insn.length;
    }
    expect_outcome(&expected, fault, emulate_run(&machine, &insn));
}

static void run_mov_to_cr(void)
{
    for (unsigned round = 0; round < 16; round++) {
        uint32_t value = check_random();

        control_try(2, value, value, FAULT_NONE);
        control_try(3, value, value, FAULT_NONE);
        control_try(4, value & CR4_BITS, value & CR4_BITS, FAULT_NONE);
    }
    for (unsigned bit = 11; bit < 32; bit++) /* vol. 3 section 2.5: reserved bits of CR4 are #GP */
        control_try(4, (check_random() & CR4_BITS) | 1u << bit, 0, FAULT(VECTOR_GP, 0));
}

/* CR0 as these three say, and its other bits at random. */
static uint32_t cr0_draw(bool has_pe, bool has_pg, bool has_nw, bool has_cd)
{
    uint32_t value = check_random() & ~0xe0000001u;

    return value | (has_pe ? 1u : 0) | (has_nw ? 1u << 29 : 0) | (has_cd ? 1u << 30 : 0) | (has_pg ? 1u << 31 : 0);
}

static void run_cr0_rules(void)
{
    for (unsigned round = 0; round < 12; round++) {
        uint32_t plain = cr0_draw(true, false, round & 1, true);

        control_try(0, plain, (plain & CR0_BITS) | CR0_ALWAYS, FAULT_NONE);
        plain = cr0_draw(true, false, false, false);
        control_try(0, plain, (plain & CR0_BITS) | CR0_ALWAYS, FAULT_NONE);
        control_try(0, cr0_draw(false, true, false, false), 0, FAULT(VECTOR_GP, 0));        /* PG without PE */
        control_try(0, cr0_draw(true, round & 1, true, false), 0, FAULT(VECTOR_GP, 0));     /* NW without CD */
        control_try(0, cr0_draw(false, false, true, false), 0, FAULT(VECTOR_GP, 0));
    }
}

/* What floor 1 cannot give ends the guest with a reason; but an instruction that is #GP anyway stays #GP. */
static void run_cr0_limits(void)
{
    static const struct {
        bool has_pe, has_pg;
        const char *what;
    } wishes[] = { { true, true, "paging turned on" }, { false, false, "protected mode left" } };

    for (unsigned i = 0; i < 8; i++) {
        struct wire_insn insn = control_insn(INSN_MOV_TO_CR, 0, REG_BX);
        struct wire_machine machine;

        machine_make(&machine);
        machine.ebx = cr0_draw(wishes[i & 1].has_pe, wishes[i & 1].has_pg, false, i & 2);
        check_case("mov cr0, ebx with ebx = %#x: %s", machine.ebx, wishes[i & 1].what);
        const struct wire_outcome *outcome = emulate_run(&machine, &insn);
        expect_fault(FAULT_STOPPED, outcome->fault);
        check_equal("domain (1: ended, 2: crashed)", WIRE_CRASHED, outcome->domain);
        check_equal("virtual CR0", machine.cr0, outcome->machine.cr0);
    }
}

static const struct check checks[] = {
    { .name = "privilege", .exercise = "1.4", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Each instruction asks for virtual ring 0, for IOPL or for nothing; a refusal changes nothing.",
      .where = "emulate.c: is_permitted()",
      .causes = { "I/O and IF instructions are allowed when ring <= IOPL, not when ring < IOPL or ring == 0",
                  "the virtual ring counts, not the real one in CS" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_privilege },
    { .name = "interrupt-flag", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "CLI and STI set the virtual IF alone, and STI from 0 holds interrupts off for one instruction.",
      .where = "emulate.c: emulate_sti()",
      .causes = { "the real EFLAGS in the frame is changed: it must not be", "shadow_eip is the instruction after STI",
                  "STI with IF already set casts no shadow" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_interrupt_flag },
    { .name = "halt", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "HLT waits for an interrupt when the virtual IF is on and ends the guest when it is off.",
      .where = "emulate.c: emulate_hlt()",
      .causes = { "the guest's end is returned as FAULT_STOPPED", "the status of a guest that halts for good is 0" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_halt },
    { .name = "mov-from-cr", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "MOV from CRn gives the register the virtual CRn, changes nothing else and moves EIP on.",
      .where = "emulate_system.c: emulate_cr_read()",
      .causes = { "insn->reg is the control register, insn->rm.reg the general one", "the real control register is read" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_mov_from_cr },
    { .name = "mov-to-cr", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "MOV to CR2, CR3 and CR4 stores the value; a reserved bit of CR4 is #GP(0) and changes nothing.",
      .where = "emulate_system.c: emulate_cr_write()",
      .causes = { "CR4_KNOWN is not looked at", "insn->reg and insn->rm.reg are exchanged" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_mov_to_cr },
    { .name = "cr0-rules", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "CR0 takes its defined bits, ET stays one, and PG without PE or NW without CD is #GP(0).",
      .where = "emulate_system.c: cr0_set()",
      .causes = { "the rules of SDM vol. 3 section 2.5 are checked after the guest was ended",
                  "reserved bits are stored", "ET can be cleared" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_cr0_rules },
    { .name = "cr0-limits", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A guest that turns paging on or leaves protected mode is crashed with a reason.",
      .where = "emulate_system.c: cr0_set()",
      .causes = { "PG with PE is legal on the machine, so it is no #GP: floor 1 just cannot do it",
                  "domain_crash() is called, but FAULT_STOPPED is not returned" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_cr0_limits },
};
CHECKS(checks);
