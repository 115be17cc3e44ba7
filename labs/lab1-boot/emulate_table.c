/*
 * Descriptor tables, the task register and the stack segment of the virtual CPU (floor 1, pure).
 * Source: Intel SDM vol. 2 (LGDT, LTR, MOV, POP, LSS), vol. 3 section 3.5.
 *
 *      LGDT, LIDT   | limit, 2 bytes | base, 4 bytes |    in memory; base and limit are remembered, not loaded
 *      LTR          selector of a TSS in the guest's GDT; only SS0:ESP0 to SS2:ESP2 are ever looked up in it
 *      LSS          | offset, operand size | selector, 2 bytes |
 *
 * LGDT and LIDT do not look at the tables themselves: a table outside the guest's memory is found when it is used, as
 * on the machine.
 */
#include "cpu.h"
#include "emulate.h"
#include "exercise.h"

#define TSS_AVAILABLE 0x09 /* type of a descriptor, with S = 0: 32-bit TSS, not busy */
#define TSS_16BIT     0x01
#define TSS_BUSY      0x02 /* this bit of the type: LTR sets it, so that no task is entered twice */

/*
 * Exercise 1.4: the operand of LGDT and LIDT: 16-bit limit, then a 32-bit base, low bytes first. An operand size of 2
 * uses only 24 bits of the base. All six bytes are asked for with one bare_access(); on its fault *table stays.
 */
static fault_t table_read(struct bare *guest, const struct insn *insn, struct bare_table *table)
{
    (void)guest, (void)insn, (void)table;
    EXERCISE("1.4");
}

/* The shadow was copied from the old table, so it is made anew (bare_segments.c). */
fault_t emulate_lgdt(struct bare *guest, const struct insn *insn)
{
    fault_t fault = table_read(guest, insn, &guest->gdt);

    if (fault == FAULT_NONE)
        bare_segments_switch(guest);
    return fault;
}

/* Nothing else to do: the guest's IDT is read at each delivery, from the guest's memory. */
fault_t emulate_lidt(struct bare *guest, const struct insn *insn)
{
    return table_read(guest, insn, &guest->idt);
}

/*
 * The checks in the order of SDM vol. 2, LTR. Base and limit are kept, since the CPU does not read the descriptor
 * again either: a kernel may overwrite it afterwards.
 */
fault_t emulate_ltr(struct bare *guest, const struct insn *insn)
{
    uint32_t value;
    uint64_t descriptor;
    uint8_t *where;
    fault_t fault = operand_read(guest, insn, 2, &value);

    if (fault != FAULT_NONE)
        return fault;
    uint16_t selector = (uint16_t)value;
    if (SELECTOR_IS_NULL(selector))
        return FAULT(VECTOR_GP, 0);
    fault = bare_descriptor_read(guest, selector, &descriptor, &where);
    if (fault != FAULT_NONE)
        return fault;
    struct segment task = segment_unpack(descriptor);
    /* A busy TSS is #GP like any other wrong type: it is some task's already. */
    if ((task.access & 0x1f) != TSS_AVAILABLE && (task.access & 0x1f) != TSS_16BIT)
        return FAULT(VECTOR_GP, SELECTOR_ERROR(selector));
    if (!(task.access & SEGMENT_PRESENT))
        return FAULT(VECTOR_NP, SELECTOR_ERROR(selector));
    where[5] |= TSS_BUSY;
    guest->task_selector = selector;
    guest->task_base = task.base;
    guest->task_limit = task.limit;
    return FAULT_NONE;
}

/*
 * Exercise 1.4: the common part of MOV to SS, POP SS and LSS. Check the selector for the virtual ring with
 * bare_stack_check() (a null selector is VECTOR_GP here), load it with bare_stack_load(), RPL off.
 * Loading SS with the guest's ring-0 selector traps because the real ring is 3. An interrupt after it must wait for
 * one instruction, which by convention loads ESP (SDM vol. 3 section 6.8.3): is_shadowed and shadow_eip, always.
 */
static fault_t stack_load(struct bare *guest, const struct insn *insn, uint16_t selector)
{
    (void)guest, (void)insn, (void)selector;
    EXERCISE("1.4");
}

/* The three instructions that load SS differ only in where the selector comes from. */
fault_t emulate_mov_to_ss(struct bare *guest, const struct insn *insn)
{
    uint32_t selector;
    fault_t fault = operand_read(guest, insn, 2, &selector);

    return fault != FAULT_NONE ? fault : stack_load(guest, insn, (uint16_t)selector);
}

/* ESP moves after the load, by the width that the old stack segment has. The word above the selector is skipped. */
fault_t emulate_pop_ss(struct bare *guest, const struct insn *insn)
{
    struct trap_frame *frame = guest->frame;
    struct segment stack;
    uint8_t *bytes;
    /* B of the stack segment decides between ESP and SP, not the operand size (SDM vol. 3 section 3.4.5). */
    bool wide = !bare_segment(guest, frame->ss, &stack) || stack.is_32bit;
    fault_t fault = bare_access(guest, SEG_SS, wide ? frame->esp : frame->esp & 0xffff, 2, false, &bytes);

    if (fault == FAULT_NONE)
        fault = stack_load(guest, insn, (uint16_t)(bytes[0] | bytes[1] << 8));
    if (fault == FAULT_NONE)
        register_write(frame, REG_SP, wide ? 4 : 2, frame->esp + insn->operand_size);
    return fault;
}

/* Offset and selector are read with one access, so a fault in the second half leaves both registers as they were. */
fault_t emulate_lss(struct bare *guest, const struct insn *insn)
{
    unsigned size = insn->operand_size;
    uint32_t value = 0;
    uint8_t *bytes;
    fault_t fault = bare_access(guest, insn->rm.segment, operand_offset(guest, insn), size + 2, false, &bytes);

    if (fault != FAULT_NONE)
        return fault;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    fault = stack_load(guest, insn, (uint16_t)(bytes[size] | bytes[size + 1] << 8));
    if (fault == FAULT_NONE)
        register_write(guest->frame, insn->reg, size, value);
    return fault;
}
