/*
 * Exercise 1.4, control registers (SDM vol. 2, MOV--Move to/from Control Registers; vol. 3 section 2.5).
 */
#include "check_machine.h"

#define CR0_ALWAYS 0x10u       /* ET is fixed at one */
#define CR0_BITS   0xe005003fu /* PG CD NW AM WP NE ET TS EM MP PE: SDM vol. 3 figure 2-7 */
#define CR4_BITS   0x7ffu

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
    { .name = "mov-from-cr", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "MOV from CRn gives the register the virtual CRn, changes nothing else and moves EIP on.",
      .where = "emulate_system.c: emulate_cr_read()",
      .causes = { "insn->reg is the control register, insn->rm.reg the general one",
                  "the real control register is read" },
      .requires = { "privilege" }, .run = run_mov_from_cr },
    { .name = "mov-to-cr", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "MOV to CR2, CR3 and CR4 stores the value; a reserved bit of CR4 is #GP(0) and changes nothing.",
      .where = "emulate_system.c: emulate_cr_write()",
      .causes = { "CR4_KNOWN is not looked at", "insn->reg and insn->rm.reg are exchanged" },
      .requires = { "privilege" }, .run = run_mov_to_cr },
    { .name = "cr0-rules", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "CR0 takes its defined bits, ET stays one, and PG without PE or NW without CD is #GP(0).",
      .where = "emulate_system.c: cr0_set()",
      .causes = { "the rules of SDM vol. 3 section 2.5 are checked after the guest was ended",
                  "reserved bits are stored", "ET can be cleared" },
      .requires = { "privilege" }, .run = run_cr0_rules },
    { .name = "cr0-limits", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A guest that turns paging on or leaves protected mode is crashed with a reason.",
      .where = "emulate_system.c: cr0_set()",
      .causes = { "PG with PE is legal on the machine, so it is no #GP: floor 1 just cannot do it",
                  "domain_crash() is called, but FAULT_STOPPED is not returned" },
      .requires = { "privilege" }, .run = run_cr0_limits },
};
CHECKS(checks);
