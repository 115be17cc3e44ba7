/*
 * The iret hypercall (floor 2): how a ring-1 kernel returns from a bounce. A hardware IRET would do, but for one thing:
 * it cannot change the event mask together with the rest.
 *
 *      ESP at the call -> | EAX    |   of the context that is gone back to
 *                         | EIP    |
 *                         | CS     |   RPL 1: the kernel; 2, 3: a program. Bits 16-31 do not count
 *                         | EFLAGS |   IF: events are let in
 *                         | ESP    |   the last two only for a program
 *                         | SS     |
 *
 * Source: abi.md 2.6; Xen's i386 iret. Invariant: whatever the guest has put there, EFLAGS.IF is on, IOPL is 0 and CS
 * has no RPL 0 afterwards. Whether the selectors can be loaded is found out by the way out (failsafe.c).
 */
#include "bounce.h"
#include "cpu.h"
#include "descriptor_tables.h"
#include "exercise.h"
#include "guest_copy.h"
#include "pv.h"
#include "trap.h"

#define IRET_NEVER (EFLAGS_IOPL | EFLAGS_VM) /* bits a guest's frame cannot set */

#define IRET_KERNEL_SIZE 16 /* bytes of the frame when it leads to the kernel */

/* Packed: it is read in place, from a stack that need not be aligned. */
struct iret_frame {
    uint32_t eax, eip, cs, eflags, esp, ss;
} __attribute__((packed));

/*
 * Exercise 2.6: the frame from the guest's stack, where its SS:ESP is now (stack_linear()). All six words at once where
 * they lie in one page (guest_window()); otherwise the first four, and the others only if CS says that there are any:
 * a frame for the kernel may end where the stack does. False: it is not there.
 */
static bool frame_read(const struct pv_vcpu *pv, struct iret_frame *to)
{
#ifdef SOLUTION
    const struct trap_frame *frame = pv->vcpu->frame;
    const struct iret_frame *place;
    uint32_t address;

    if (!stack_linear(pv, frame->ss, frame->esp, &address))
        return false;
    place = guest_window(pv, address, sizeof(*to), false);
    if (place != NULL) {
        *to = *place;
        return true;
    }
    return copy_from_guest(pv, to, address, IRET_KERNEL_SIZE) == 0 &&
           ((to->cs & 3) < 2 || copy_from_guest(pv, to, address, sizeof(*to)) == 0);
#else
    (void)pv, (void)to;
    EXERCISE("2.6");
#endif
}

/*
 * Exercise 2.6: the upcall mask is the opposite of the popped IF. With architectural IOPL the virtual IOPL is the
 * popped one. The real EFLAGS: as popped, IF on, without IRET_NEVER. An NMI that was being handled is over.
 */
static void flags_load(struct pv_vcpu *pv, uint32_t eflags)
{
#ifdef SOLUTION
    pv->info->evtchn_upcall_mask = !(eflags & EFLAGS_IF);
    if (pv->owner->assists & 1u << VM_ASSIST_ARCHITECTURAL_IOPL)
        pv->iopl = (uint8_t)((eflags & EFLAGS_IOPL) >> 12);
    pv->vcpu->frame->eflags = (eflags | EFLAGS_IF | EFLAGS_FIXED) & ~IRET_NEVER;
    if (pv->nmi_active) {
        pv->nmi_active = false;
        trap_has_work = true; /* another may have come meanwhile */
    }
#else
    (void)pv, (void)eflags;
    EXERCISE("2.6");
#endif
}

/*
 * Exercise 2.6. A frame that cannot be read, or whose CS has RPL 0, is the guest's end: domain_crash(), with the reason
 * "iret: ...". To a program ESP and SS are the popped ones; to the kernel ESP goes on behind the four words, and SS
 * stays. Nothing changes before everything has been read. Returns the popped EAX: it becomes the result of the
 * hypercall, which is how EAX gets its value.
 */
static int32_t iret(struct vcpu *vcpu, const uint32_t args[6])
{
#ifdef SOLUTION
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    struct trap_frame *frame = vcpu->frame;
    struct iret_frame popped;
    (void)args;

    if (!frame_read(pv, &popped)) {
        domain_crash(vcpu->domain, "iret: no frame can be read at %04x:%08x", frame->ss, frame->esp);
        return 0;
    }
    if ((popped.cs & 3) == 0) {
        domain_crash(vcpu->domain, "iret: to ring 0, %04x:%08x", popped.cs & 0xffff, popped.eip);
        return 0;
    }
    flags_load(pv, popped.eflags);
    frame->eip = popped.eip;
    frame->cs = popped.cs & 0xffff;
    frame->esp = (popped.cs & 3) >= 2 ? popped.esp : frame->esp + IRET_KERNEL_SIZE;
    frame->ss = (popped.cs & 3) >= 2 ? popped.ss & 0xffff : frame->ss;
    return (int32_t)popped.eax;
#else
    (void)vcpu, (void)args, (void)frame_read, (void)flags_load;
    EXERCISE("2.6");
#endif
}
HYPERCALL(HYPERCALL_IRET, iret);
