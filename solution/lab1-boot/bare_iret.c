/*
 * IRET for a bare guest (floor 1, pure). It traps because it returns to a "ring 0" that does not exist here: RPL 0 on
 * the stack is more privileged than the real ring 3, which is #GP(selector). Same discipline as delivery: pop and
 * check everything, then change registers. Source: Intel SDM vol. 2, IRET; vol. 3 section 6.12.
 *
 *      ESP ->  | EIP    |                       EFLAGS, bit   taken from the stack
 *              | CS     |  RPL: the ring        IF            by the virtual one, if the ring may
 *              | EFLAGS |                       IOPL          by the virtual one, in ring 0
 *              | ESP    |  only to an           VM            refused: the guest is ended
 *              | SS     |  outer ring           the rest      by the real ones, those of EFLAGS_FREE
 *
 * A return from the guest's ring 3 to its ring 3 does not trap at all: the CPU does that one.
 */
#include "bare.h"
#include "cpu.h"
#include "decode.h"
#include "domain.h"
#include "exercise.h"

/* Bits of EFLAGS a guest's IRET really sets: arithmetic, TF, DF, NT, AC, ID. IF and IOPL are virtual, VM refused. */
#define EFLAGS_FREE 0x00244dd5u

/* A return that has been popped and checked and not yet carried out. */
struct return_frame {
    uint32_t eip, cs, eflags; /* as popped; 16-bit words are zero-extended */
    uint32_t esp, ss;         /* only when is_outward */
    uint32_t esp_after;       /* of the current stack, behind what was popped */
    uint64_t code, stack;     /* descriptors */
    bool is_outward;          /* to a less privileged ring: a stack comes along */
};

/* Moves *esp, which is not the guest's: a fault later on leaves the guest's where it was. */
static fault_t pop(struct bare *guest, uint32_t *esp, unsigned size, uint32_t *value)
{
    struct segment stack;
    uint8_t *bytes;
    bool wide = !bare_segment(guest, guest->frame->ss, &stack) || stack.is_32bit;
    fault_t fault = bare_access(guest, SEG_SS, wide ? *esp : *esp & 0xffff, size, false, &bytes);

    if (fault != FAULT_NONE)
        return fault;
    *value = 0;
    for (unsigned i = size; i-- > 0;)
        *value = *value << 8 | bytes[i];
    *esp = wide ? *esp + size : (*esp & ~0xffffu) | ((*esp + size) & 0xffff);
    return FAULT_NONE;
}

/* From the top of the stack down the list; stops at the first fault. */
static fault_t pop_words(struct bare *guest, uint32_t *esp, unsigned size, uint32_t *const words[], unsigned count)
{
    fault_t fault = FAULT_NONE;

    for (unsigned i = 0; i < count && fault == FAULT_NONE; i++)
        fault = pop(guest, esp, size, words[i]);
    return fault;
}

/* Whether there are two more words is known only from the CS that was popped: its RPL is the ring to return to. */
static fault_t return_read(struct bare *guest, unsigned size, struct return_frame *ret)
{
    uint32_t *const inner[] = { &ret->eip, &ret->cs, &ret->eflags };
    uint32_t *const outer[] = { &ret->esp, &ret->ss };
    uint32_t esp = guest->frame->esp;
    fault_t fault = pop_words(guest, &esp, size, inner, 3);

    if (fault != FAULT_NONE)
        return fault;
    /* A 32-bit pop of a selector: what stands above it on the stack is anything. */
    ret->cs &= 0xffff;
    ret->is_outward = (ret->cs & 3) > guest->ring;
    if (ret->is_outward)
        fault = pop_words(guest, &esp, size, outer, 2);
    ret->ss &= 0xffff;
    ret->esp_after = esp;
    return fault;
}

/*
 * In the CPU's order: virtual-8086 mode first, then inward returns, which do not exist, then CS, SS and EIP. Nothing
 * of the guest has changed yet, so the #GP finds the IRET as it was.
 */
static fault_t return_check(struct bare *guest, struct return_frame *ret)
{
    uint8_t ring = ret->cs & 3;

    if ((ret->eflags & EFLAGS_VM) && guest->ring == 0) {
        domain_crash(guest->domain, "returned to virtual-8086 mode at eip %08x, which a bare guest does not have",
                     guest->frame->eip);
        return FAULT_STOPPED;
    }
    /* No return goes inward: a program would choose where the kernel begins. */
    if (ring < guest->ring)
        return FAULT(VECTOR_GP, SELECTOR_ERROR(ret->cs));
    fault_t fault = bare_code_check(guest, (uint16_t)ret->cs, ring, &ret->code);
    if (fault != FAULT_NONE)
        return fault;
    if (ret->is_outward)
        fault = bare_stack_check(guest, (uint16_t)ret->ss, ring, VECTOR_GP, &ret->stack);
    if (fault != FAULT_NONE)
        return fault;
    struct segment code = segment_unpack(ret->code);
    return ret->eip > code.limit ? FAULT(VECTOR_GP, 0) : FAULT_NONE;
}

/*
 * Exercise 1.6: EFLAGS from the guest's stack, judged by the ring that executes IRET. The virtual IF changes only when
 * that ring may change it (not above the virtual IOPL), the virtual IOPL only from ring 0. Of the real flags, those of
 * EFLAGS_FREE are taken over, with size 2 only those among the low 16. The real IF is set and bit 1 is 1, whatever
 * the guest popped; the other flags keep their values.
 */
static void flags_load(struct bare *guest, uint32_t eflags, unsigned size)
{
#ifdef SOLUTION
    uint32_t writable = size == 2 ? EFLAGS_FREE & 0xffff : EFLAGS_FREE;

    if (guest->ring <= guest->iopl)
        guest->interrupts = eflags & EFLAGS_IF;
    if (guest->ring == 0)
        guest->iopl = eflags >> 12 & 3;
    guest->frame->eflags = (guest->frame->eflags & ~writable) | (eflags & writable) | EFLAGS_IF | EFLAGS_FIXED;
#else
    (void)guest, (void)eflags, (void)size;
    EXERCISE("1.6");
#endif
}

/* Nothing here can fail: descriptors, stack and EIP have been checked, flags are taken bit by bit. */
static void return_commit(struct bare *guest, const struct return_frame *ret, unsigned size)
{
    flags_load(guest, ret->eflags, size); /* judged by the ring that executes IRET, so before it changes */
    guest->ring = ret->cs & 3;
    /* CS before the data segments: what the shadow may hold depends on the ring that CS belongs to. */
    bare_code_load(guest, ret->cs & 0xfffc, ret->code);
    if (ret->is_outward) {
        bare_stack_load(guest, ret->ss & 0xfffc, ret->stack);
        bare_segments_outward(guest, guest->ring);
    }
    guest->frame->eip = ret->eip;
    guest->frame->esp = ret->is_outward ? ret->esp : ret->esp_after;
}

/* Returns with EIP set, in either case: to where the guest returns, or still at the IRET. */
fault_t bare_iret(struct bare *guest, unsigned size)
{
    struct return_frame ret = { 0 };
    fault_t fault = return_read(guest, size, &ret);

    if (fault == FAULT_NONE)
        fault = return_check(guest, &ret);
    if (fault == FAULT_NONE)
        return_commit(guest, &ret, size);
    return fault;
}
