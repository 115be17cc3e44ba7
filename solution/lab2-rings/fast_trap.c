/*
 * The fast trap (floor 2): a real gate in the real IDT for INT 0x80, the system call of most guests' programs. The CPU
 * takes it from ring 3 to ring 1 by itself: SS1:ESP1 of the TSS are the new stack. The hypervisor executes no
 * instruction at all (Xen and the Art of Virtualization, section 2.1.2).
 *
 * A page fault cannot go this way: its handler would need CR2, which ring 1 cannot read, and the CPU pushes its error
 * code for whoever the gate names, before anybody could say whose fault it is.
 *
 * Invariant: the gate never names ring 0. A gate's selector is what decides the ring it leads to, whatever its own RPL
 * says: 0xE009 would be the hypervisor's code segment. Nor is it in the IDT while another vcpu runs.
 */
#include "fast_trap.h"
#include "abi_cpu.h"
#include "exercise.h"
#include "segments.h"
#include "trap.h"

#define SELECTOR_TI 4u /* in the LDT */

/*
 * Exercise 2.7: may a gate name this selector? The guest's own tables hold nothing of DPL 0 (descriptor_check), so what
 * lies in them will do: in the LDT, or in the GDT below index GDT_GUEST_ENTRIES. Of the hypervisor's page only the
 * guests' two code segments, SELECTOR_RING1_CODE and SELECTOR_RING3_CODE, whatever the RPL.
 */
static bool selector_is_guests(uint16_t selector)
{
#ifdef SOLUTION
    if ((selector & SELECTOR_TI) || selector >> 3 < GDT_GUEST_ENTRIES)
        return true;
    return selector >> 3 == SELECTOR_RING1_CODE >> 3 || selector >> 3 == SELECTOR_RING3_CODE >> 3;
#else
    (void)selector;
    EXERCISE("2.7");
#endif
}

/*
 * Exercise 2.7: a trap gate (GATE_TRAP_TYPE: events stay as they are) with the handler's CS, EIP and DPL, packed with
 * gate_pack(). 0 if there is no handler (CS below 4), if it wants events masked, which only a bounce can do, or if the
 * selector is not the guest's.
 */
uint64_t fast_trap_gate(const struct pv_handler *handler)
{
#ifdef SOLUTION
    struct gate gate = { handler->eip, handler->cs,
                         (uint8_t)(SEGMENT_PRESENT | SEGMENT_DPL(handler->dpl) | GATE_TRAP_TYPE) };

    if (handler->cs < 4 || handler->masks_events || !selector_is_guests(handler->cs))
        return 0;
    return gate_pack(&gate);
#else
    (void)handler, (void)selector_is_guests;
    EXERCISE("2.7");
#endif
}

/*
 * Called while the vcpu runs, so what it changes must reach the CPU before it goes on. Most guests have no handler for
 * the vector; those need nothing of this exercise.
 */
void fast_trap_update(struct pv_vcpu *pv)
{
    const struct pv_handler *handler = &pv->traps[FAST_TRAP_VECTOR];

    pv->fast_gate = handler->cs < 4 ? 0 : fast_trap_gate(handler);
    fast_trap_install(pv);
}

/*
 * With no gate the vector is closed to all rings and INT 0x80 is #GP, which the bounce turns into the guest's handler
 * (abi.md 2.3). A zero entry is not present; its DPL is what is looked at first (SDM vol. 2, INT n).
 */
void fast_trap_install(const struct pv_vcpu *pv)
{
    segments_gate_set(FAST_TRAP_VECTOR, pv != NULL ? pv->fast_gate : 0);
    if (pv != NULL)
        segments_inner_stack_set(pv->kernel_ss, pv->kernel_sp);
}
