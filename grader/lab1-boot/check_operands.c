/*
 * Exercise 1.4, operands, descriptor tables and the stack segment (SDM vol. 2: LGDT/LIDT, MOV, POP, LSS; vol. 3
 * sections 5.7 and 6.8.3).
 */
#include <string.h>

#include "check_machine.h"

/* Registers whose sum with the displacement is `address`, as far as `mask` goes; rubbish above it. */
static void operand_aim(struct wire_machine *machine, struct wire_insn *insn, uint32_t address, uint32_t mask)
{
    uint32_t sum = insn->rm.displacement;

    if (insn->rm.index != REG_NONE)
        sum += *machine_register(machine, insn->rm.index) * insn->rm.scale;
    if (insn->rm.base == REG_NONE)
        insn->rm.displacement += address - sum;
    else
        *machine_register(machine, insn->rm.base) = ((address - sum) & mask) | (check_random() & ~mask);
}

/* LIDT through that operand shows where it was read from. */
static void operand_try(uint8_t base, uint8_t index, uint8_t scale, unsigned address_size)
{
    struct wire_insn insn = insn_make(INSN_LIDT, 4);
    struct wire_machine machine, expected;
    uint32_t address = PLACE_DATA + check_below(0x380);

    machine_make(&machine);
    insn.address_size = (uint8_t)address_size;
    insn_memory(&insn, SEG_DS, base, index, scale, check_random());
    if (address_size == 2)
        insn.rm.displacement = (uint32_t)(int16_t)insn.rm.displacement;
    operand_aim(&machine, &insn, address, address_size == 2 ? 0xffff : 0xffffffff);
    expected = machine;
    expected.eip += insn.length;
    expected.idt.limit = machine_load(&machine, address, 2);
    expected.idt.base = machine_load(&machine, address + 2, 4);
    check_case("lidt from [%s + %s * %u + %#x], %u-bit address, which is %#x",
               base == REG_NONE ? "0" : register_names[base], index == REG_NONE ? "0" : register_names[index], scale,
               insn.rm.displacement, address_size * 8, address);
    expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
}

static void run_operand(void)
{
    for (unsigned scale = 1; scale <= 8; scale *= 2)
        for (uint8_t base = 0; base < 8; base++) {
            uint8_t index = (base + 1 + check_below(7)) % 8;
            operand_try(base, index == REG_SP ? REG_NONE : index, index == REG_SP ? 1 : (uint8_t)scale, 4);
        }
    operand_try(REG_NONE, REG_NONE, 1, 4);
    operand_try(REG_NONE, REG_SI, 8, 4);
    for (unsigned round = 0; round < 8; round++) {
        operand_try(round & 1 ? REG_BX : REG_BP, round & 2 ? REG_SI : REG_DI, 1, 2);
        operand_try(REG_BX, REG_NONE, 1, 2);
    }
}

static void table_try(uint8_t op, uint8_t size)
{
    struct wire_insn insn = insn_make(op, size);
    struct wire_machine machine, expected;
    uint32_t address = PLACE_DATA + check_below(0x380);

    machine_make(&machine);
    insn_memory(&insn, SEG_DS, REG_NONE, REG_NONE, 1, address);
    expected = machine;
    struct wire_table table = { machine_load(&machine, address + 2, size == 2 ? 3 : 4),
                                machine_load(&machine, address, 2) };
    if (op == INSN_LGDT)
        expected.gdt = table;
    else
        expected.idt = table;
    expected.eip += insn.length;
    check_case("%s with operand size %u", op == INSN_LGDT ? "lgdt" : "lidt", size);
    expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
}

/* The operand is not readable: the fault, and the old table stays. */
static void table_fault_try(uint8_t segment, uint32_t fault)
{
    struct wire_insn insn = insn_make(check_below(2) ? INSN_LGDT : INSN_LIDT, 4);
    struct wire_machine machine;

    machine_make(&machine);
    insn_memory(&insn, segment, REG_NONE, REG_NONE, 1, PLACE_DATA);
    machine.fs = 0;
    if (segment == SEG_SS) /* the last byte of the operand would be at 2^32 */
        insn.rm.displacement = 0xfffffffb;
    check_case("a table's operand %s", segment == SEG_SS ? "wraps at the end of SS" : "through FS, which is null");
    expect_outcome(&machine, fault, emulate_run(&machine, &insn));
}

static void run_descriptor_tables(void)
{
    for (unsigned round = 0; round < 8; round++) {
        table_try(INSN_LGDT, 2);
        table_try(INSN_LGDT, 4);
        table_try(INSN_LIDT, 2);
        table_try(INSN_LIDT, 4);
        table_fault_try(SEG_FS, FAULT(VECTOR_GP, 0));
        table_fault_try(SEG_SS, FAULT(VECTOR_SS, 0));
    }
}

/* The three instructions that load SS in ring 0; each finds `selector` where it looks for it. */
enum loader { MOV_SS, POP_SS, LSS, LOADERS };

static struct wire_insn loader_make(struct wire_machine *machine, enum loader loader, uint16_t selector)
{
    static const uint8_t ops[LOADERS] = { INSN_MOV_TO_SS, INSN_POP_SS, INSN_LSS };
    struct wire_insn insn = insn_make(ops[loader], loader == MOV_SS ? 2 : check_below(2) ? 4 : 2);

    if (loader == MOV_SS) {
        machine->ebx = (machine->ebx & ~0xffffu) | selector;
        insn_register(&insn, REG_BX);
    } else if (loader == POP_SS) {
        machine_store(machine, machine->esp, selector, 2);
    } else {
        insn.reg = REG_SP;
        insn_memory(&insn, SEG_DS, REG_NONE, REG_NONE, 1, PLACE_DATA);
        machine_store(machine, PLACE_DATA + insn.operand_size, selector, 2);
    }
    return insn;
}

static void loader_expect(struct wire_machine *expected, const struct wire_insn *insn, enum loader loader,
                          uint16_t selector)
{
    uint32_t mask = insn->operand_size == 4 ? 0xffffffff : 0xffff;

    if (loader == POP_SS)
        expected->esp += insn->operand_size;
    if (loader == LSS)
        expected->esp = (expected->esp & ~mask) | machine_load(expected, PLACE_DATA, insn->operand_size);
    expected->ss = selector | 3;
    expected->eip += insn->length;
    expected->is_shadowed = true;
    expected->shadow_eip = expected->eip;
    expected->memory[PLACE_GDT + (selector & 0xfff8) + 5] |= 1; /* the CPU marks a descriptor it loads */
}

static const char *const loader_names[LOADERS] = { "mov to ss", "pop ss", "lss" };

static void run_stack_segment(void)
{
    for (unsigned round = 0; round < 24; round++) {
        enum loader loader = round % LOADERS;
        uint16_t selector = (uint16_t)(GUEST_FREE + 8 * check_below(10));
        struct wire_machine machine, expected;
        unsigned ring = check_below(4);

        machine_make(&machine);
        machine.ring = ring;
        machine.interrupts = round / LOADERS & 1; /* vol. 3 section 6.8.3: unlike STI's, this shadow asks for no IF */
        selector = (uint16_t)(selector | ring);
        machine_segment(&machine, selector, 0, 0xfffff, (uint8_t)(0x92 | ring << 5), 0xc);
        struct wire_insn insn = loader_make(&machine, loader, selector);
        expected = machine;
        loader_expect(&expected, &insn, loader, selector);
        check_case("%s in ring %u with IF %u, operand size %u, selector %#x", loader_names[loader], ring,
                   machine.interrupts, insn.operand_size, selector);
        expect_outcome(&expected, FAULT_NONE, emulate_run(&machine, &insn));
    }
}

/* Vol. 2, MOV: what is wrong with a stack segment, and which fault that is. */
static void run_stack_segment_faults(void)
{
    static const struct {
        const char *what;
        uint16_t selector;
        uint8_t access;
        uint32_t fault;
    } cases[] = {
        { "null", 0, 0x92, FAULT(VECTOR_GP, 0) },
        { "RPL 3 in ring 0", GUEST_FREE | 3, 0x92, FAULT(VECTOR_GP, GUEST_FREE) },
        { "DPL 3 in ring 0", GUEST_FREE, 0xf2, FAULT(VECTOR_GP, GUEST_FREE) },
        { "read-only data", GUEST_FREE, 0x90, FAULT(VECTOR_GP, GUEST_FREE) },
        { "code", GUEST_FREE, 0x9a, FAULT(VECTOR_GP, GUEST_FREE) },
        { "a system descriptor", GUEST_FREE, 0x89, FAULT(VECTOR_GP, GUEST_FREE) },
        { "not present", GUEST_FREE, 0x12, FAULT(VECTOR_SS, GUEST_FREE) },
        { "beyond the table", 0x88, 0x92, FAULT(VECTOR_GP, 0x88) },
        { "in an LDT that is not there", GUEST_FREE | 4, 0x92, FAULT(VECTOR_GP, GUEST_FREE | 4) },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (enum loader loader = 0; loader < LOADERS; loader++) {
            struct wire_machine machine;

            machine_make(&machine);
            machine_segment(&machine, GUEST_FREE, 0, 0xfffff, cases[i].access, 0xc);
            struct wire_insn insn = loader_make(&machine, loader, cases[i].selector);
            check_case("%s of selector %#x: %s", loader_names[loader], cases[i].selector, cases[i].what);
            expect_outcome(&machine, cases[i].fault, emulate_run(&machine, &insn));
        }
}

static const struct check checks[] = {
    { .name = "operand", .exercise = "1.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A memory operand is base plus index times scale plus displacement, wrapped at the address size.",
      .where = "emulate.c: operand_offset()",
      .causes = { "REG_NONE is used as a register number", "with 16-bit addresses the sum must be cut to 16 bits",
                  "the scale multiplies the index, not the base" },
      .requires = { "privilege" }, .run = run_operand },
    { .name = "descriptor-tables", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "LGDT and LIDT read a 16-bit limit and a base of 32 bits, or of 24 with 16-bit operand size.",
      .where = "emulate_table.c: table_read()",
      .causes = { "the base's top byte is kept with 16-bit operands", "six bytes are accessed whatever the size",
                  "the table is changed before the access is known to succeed" },
      .requires = { "operand" }, .run = run_descriptor_tables },
    { .name = "stack-segment", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "MOV, POP and LSS load SS and hold interrupts off until the instruction behind them is done.",
      .where = "emulate_table.c: stack_load()",
      .causes = { "the shadow is cast whatever IF is, unlike that of STI",
                  "shadow_eip is the instruction behind, not the loading one",
                  "the selector in the frame keeps RPL 0" },
      .requires = { "operand" }, .run = run_stack_segment },
    { .name = "stack-segment-faults", .exercise = "1.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A selector that is no stack for the virtual ring is the manual's fault, and SS and ESP stay.",
      .where = "emulate_table.c: stack_load()",
      .causes = { "the fault of bare_stack_check() is not returned", "SS is loaded before it is checked",
                  "vector #GP is to be passed for what is wrong with the selector" },
      .requires = { "stack-segment" }, .run = run_stack_segment_faults },
};
CHECKS(checks);
