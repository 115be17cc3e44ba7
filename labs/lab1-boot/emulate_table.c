/*
 * Descriptor tables, the task register and the stack segment of the virtual CPU (floor 1, pure).
 * Source: Intel SDM vol. 2 (LGDT, LTR, MOV, POP, LSS), vol. 3 section 3.5.
 */
#include "cpu.h"
#include "emulate.h"
#include "exercise.h"

#define TSS_AVAILABLE 0x09
#define TSS_16BIT     0x01
#define TSS_BUSY      0x02

/*
 * Exercise 1.4: the operand of LGDT and LIDT: 16-bit limit, then a 32-bit base, low bytes first. An operand size of 2
 * uses only 24 bits of the base. All six bytes are asked for with one bare_access(); on its fault *table stays.
 */
static fault_t table_read(struct bare *guest, const struct insn *insn, struct bare_table *table)
{
    (void)guest, (void)insn, (void)table;
    EXERCISE("1.4");
}

fault_t emulate_lgdt(struct bare *guest, const struct insn *insn)
{
    fault_t fault = table_read(guest, insn, &guest->gdt);

    if (fault == FAULT_NONE)
        bare_segments_switch(guest);
    return fault;
}

fault_t emulate_lidt(struct bare *guest, const struct insn *insn)
{
    return table_read(guest, insn, &guest->idt);
}

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

fault_t emulate_mov_to_ss(struct bare *guest, const struct insn *insn)
{
    uint32_t selector;
    fault_t fault = operand_read(guest, insn, 2, &selector);

    return fault != FAULT_NONE ? fault : stack_load(guest, insn, (uint16_t)selector);
}

fault_t emulate_pop_ss(struct bare *guest, const struct insn *insn)
{
    struct trap_frame *frame = guest->frame;
    struct segment stack;
    uint8_t *bytes;
    bool wide = !bare_segment(guest, frame->ss, &stack) || stack.is_32bit;
    fault_t fault = bare_access(guest, SEG_SS, wide ? frame->esp : frame->esp & 0xffff, 2, false, &bytes);

    if (fault == FAULT_NONE)
        fault = stack_load(guest, insn, (uint16_t)(bytes[0] | bytes[1] << 8));
    if (fault == FAULT_NONE)
        register_write(frame, REG_SP, wide ? 4 : 2, frame->esp + insn->operand_size);
    return fault;
}

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
