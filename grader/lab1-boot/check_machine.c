/*
 * Machines for lab 1's unit checks (host side; see check_machine.h). No check stands here.
 */
#include "check_machine.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define ACCESS_CODE0 0x9a
#define ACCESS_DATA0 0x92
#define ACCESS_CODE3 0xfa
#define ACCESS_DATA3 0xf2
#define ACCESS_BUSY  0x8b
#define FLAGS_FLAT   0xc
#define ACCESSED     0x01

const char *const register_names[8] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };

static struct wire_outcome outcome;

void machine_store(struct wire_machine *machine, uint32_t address, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        machine->memory[address + i] = (uint8_t)(value >> 8 * i);
}

uint32_t machine_load(const struct wire_machine *machine, uint32_t address, unsigned size)
{
    uint32_t value = 0;

    while (size-- > 0)
        value = value << 8 | machine->memory[address + size];
    return value;
}

void machine_segment(struct wire_machine *machine, uint16_t selector, uint32_t base, uint32_t limit, uint8_t access,
                     uint8_t flags)
{
    uint32_t place = machine->gdt.base + (selector & 0xfff8u);

    machine_store(machine, place, limit, 2);
    machine_store(machine, place + 2, base, 3);
    machine_store(machine, place + 5, access, 1);
    machine_store(machine, place + 6, (uint32_t)flags << 4 | (limit >> 16 & 0xf), 1);
    machine_store(machine, place + 7, base >> 24, 1);
}

void machine_gate(struct wire_machine *machine, uint8_t vector, uint16_t selector, uint32_t offset, uint8_t access)
{
    uint32_t place = machine->idt.base + vector * 8u;

    machine_store(machine, place, offset, 2);
    machine_store(machine, place + 2, selector, 2);
    machine_store(machine, place + 4, (uint32_t)access << 8, 2);
    machine_store(machine, place + 6, offset >> 16, 2);
}

static void registers_make(struct wire_machine *machine)
{
    for (unsigned reg = 0; reg < 8; reg++)
        *machine_register(machine, reg) = check_random();
    machine->esp = PLACE_STACK - 4 * check_below(8);
    machine->eip = PLACE_CODE + check_below(0x100);
    machine->cs = GUEST_CODE0 | 3; /* really it runs in ring 3 */
    machine->ss = GUEST_DATA0 | 3;
    machine->ds = machine->es = machine->fs = machine->gs = GUEST_DATA0;
    machine->eflags = FLAGS_FIXED | FLAGS_IF; /* the real IF is always on */
    machine->cr0 = 0x11;
}

void machine_make(struct wire_machine *machine)
{
    memset(machine, 0, sizeof(*machine));
    registers_make(machine);
    for (unsigned i = 0; i < 0x400; i++)
        machine->memory[PLACE_DATA + i] = (uint8_t)check_random();
    machine->gdt = (struct wire_table){ PLACE_GDT, 0x7f };
    machine->idt = (struct wire_table){ PLACE_IDT, 0x7ff };
    machine_segment(machine, GUEST_CODE0, 0, 0xfffff, ACCESS_CODE0 | ACCESSED, FLAGS_FLAT);
    machine_segment(machine, GUEST_DATA0, 0, 0xfffff, ACCESS_DATA0 | ACCESSED, FLAGS_FLAT);
    machine_segment(machine, GUEST_CODE3, 0, 0xfffff, ACCESS_CODE3 | ACCESSED, FLAGS_FLAT);
    machine_segment(machine, GUEST_DATA3, 0, 0xfffff, ACCESS_DATA3 | ACCESSED, FLAGS_FLAT);
    machine_segment(machine, GUEST_TASK, PLACE_TASK, 0x67, ACCESS_BUSY, 0);
    machine->task_selector = GUEST_TASK;
    machine->task_base = PLACE_TASK;
    machine->task_limit = 0x67;
    machine_store(machine, PLACE_TASK + 4, PLACE_INNER, 4); /* ESP0, SS0: SDM vol. 3 figure 7-2 */
    machine_store(machine, PLACE_TASK + 8, GUEST_DATA0, 4);
}

void machine_make_user(struct wire_machine *machine)
{
    machine_make(machine);
    machine->ring = 3;
    machine->cs = GUEST_CODE3;
    machine->ss = GUEST_DATA3;
    machine->interrupts = true;
}

struct wire_insn insn_make(uint8_t op, uint8_t operand_size)
{
    return (struct wire_insn){ .op = op, .length = (uint8_t)(1 + check_below(15)), .operand_size = operand_size,
                               .address_size = 4, .segment = SEG_DS,
                               .rm = { .reg = REG_NONE, .base = REG_NONE, .index = REG_NONE, .scale = 1 } };
}

void insn_memory(struct wire_insn *insn, uint8_t segment, uint8_t base, uint8_t index, uint8_t scale,
                 uint32_t displacement)
{
    insn->rm = (struct wire_rm){ .is_memory = true, .reg = REG_NONE, .segment = segment, .base = base, .index = index,
                                 .scale = scale, .displacement = displacement };
}

void insn_register(struct wire_insn *insn, uint8_t reg)
{
    insn->rm = (struct wire_rm){ .reg = reg, .base = REG_NONE, .index = REG_NONE, .scale = 1 };
}

uint32_t *machine_register(struct wire_machine *machine, unsigned reg)
{
    uint32_t *const places[8] = { &machine->eax, &machine->ecx, &machine->edx, &machine->ebx,
                                  &machine->esp, &machine->ebp, &machine->esi, &machine->edi };

    return places[reg];
}

const struct wire_outcome *emulate_run(const struct wire_machine *machine, const struct wire_insn *insn)
{
    static struct wire_emulation request;

    request.machine = *machine;
    request.insn = *insn;
    unit_call(WIRE_EMULATE, &request, sizeof(request), &outcome, sizeof(outcome));
    return &outcome;
}

const struct wire_outcome *deliver_run(const struct wire_machine *machine, uint32_t kind, uint8_t vector,
                                       uint16_t error, uint32_t next_eip)
{
    static struct wire_event request;

    request.machine = *machine;
    request.kind = kind;
    request.vector = vector;
    request.error = error;
    request.next_eip = next_eip;
    unit_call(WIRE_DELIVER, &request, sizeof(request), &outcome, sizeof(outcome));
    return &outcome;
}

const struct wire_outcome *iret_run(const struct wire_machine *machine, uint32_t size)
{
    static struct wire_iret request;

    request.machine = *machine;
    request.size = size;
    unit_call(WIRE_IRET, &request, sizeof(request), &outcome, sizeof(outcome));
    return &outcome;
}

/* "#GP(0018)", "no fault", "the guest is stopped". */
static void fault_print(char *text, size_t size, uint32_t fault)
{
    static const char *const names[] = { "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9",
                                         "#TS", "#NP", "#SS", "#GP", "#PF" };
    uint32_t vector = FAULT_VECTOR(fault);

    if (fault == FAULT_NONE)
        snprintf(text, size, "no fault");
    else if (fault == FAULT_STOPPED)
        snprintf(text, size, "FAULT_STOPPED: the guest has ended");
    else if (vector < sizeof(names) / sizeof(names[0]))
        snprintf(text, size, "%s(%04x)", names[vector], FAULT_ERROR(fault));
    else
        snprintf(text, size, "the number %08x, which is no fault", fault);
}

void expect_fault(uint32_t expected, uint32_t observed)
{
    char wanted[64], got[64];

    if (expected == observed)
        return;
    fault_print(wanted, sizeof(wanted), expected);
    fault_print(got, sizeof(got), observed);
    check_fail(wanted, "%s", got);
}

#define FIELD(text, member) { text, __builtin_offsetof(struct wire_machine, member) }

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    FIELD("EIP", eip), FIELD("EAX", eax), FIELD("ECX", ecx), FIELD("EDX", edx), FIELD("EBX", ebx), FIELD("ESP", esp),
    FIELD("EBP", ebp), FIELD("ESI", esi), FIELD("EDI", edi), FIELD("CS in the frame (really RPL 3)", cs),
    FIELD("SS in the frame (really RPL 3)", ss), FIELD("DS", ds), FIELD("ES", es), FIELD("FS", fs), FIELD("GS", gs),
    FIELD("EFLAGS in the frame", eflags), FIELD("virtual ring", ring), FIELD("virtual IOPL", iopl),
    FIELD("virtual IF", interrupts), FIELD("is_halted", is_halted), FIELD("is_shadowed", is_shadowed),
    FIELD("virtual CR0", cr0), FIELD("virtual CR2", cr2), FIELD("virtual CR3", cr3), FIELD("virtual CR4", cr4),
    FIELD("GDTR base", gdt.base), FIELD("GDTR limit", gdt.limit), FIELD("IDTR base", idt.base),
    FIELD("IDTR limit", idt.limit), FIELD("TR", task_selector), FIELD("base of the TSS", task_base),
    FIELD("limit of the TSS", task_limit),
};

static uint32_t field_value(const struct wire_machine *machine, size_t offset)
{
    uint32_t value;

    memcpy(&value, (const char *)machine + offset, sizeof(value));
    return value;
}

/* The first difference alone, with its address. */
static void expect_memory(const uint8_t *expected, const uint8_t *observed)
{
    char what[48];
    unsigned at = 0;

    if (memcmp(expected, observed, WIRE_MEMORY) == 0)
        return;
    while (expected[at] == observed[at])
        at++;
    at &= ~3u;
    snprintf(what, sizeof(what), "guest memory at %#x", at);
    check_bytes(what, expected + at, observed + at, 4);
}

void expect_machine(const struct wire_machine *expected, const struct wire_machine *observed)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        check_equal(fields[i].name, field_value(expected, fields[i].offset), field_value(observed, fields[i].offset));
    if (expected->is_shadowed)
        check_equal("shadow_eip", expected->shadow_eip, observed->shadow_eip);
    for (unsigned i = 0; i < 8; i++)
        check_equal("debug register", expected->dr[i], observed->dr[i]);
    expect_memory(expected->memory, observed->memory);
}

void expect_outcome(const struct wire_machine *expected, uint32_t fault, const struct wire_outcome *observed)
{
    expect_fault(fault, observed->fault);
    check_fact(observed->domain == WIRE_ALIVE, "the guest lives on",
               observed->domain == WIRE_ENDED ? "domain_end() was called" : "domain_crash() was called");
    expect_machine(expected, &observed->machine);
}
