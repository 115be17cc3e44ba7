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

struct iret_frame {
    uint32_t eax, eip, cs, eflags, esp, ss;
};

/* Exercise 2.6: `count` bytes of the frame from the guest's stack, where its SS:ESP is now. False: it is not there. */
static bool frame_read(const struct pv_vcpu *pv, struct iret_frame *to, uint32_t count)
{
    (void)pv, (void)to, (void)count;
    EXERCISE("2.6");
}

/*
 * Exercise 2.6: the upcall mask is the opposite of the popped IF. With architectural IOPL the virtual IOPL is the
 * popped one. The real EFLAGS: as popped, IF on, without IRET_NEVER. An NMI that was being handled is over.
 */
static void flags_load(struct pv_vcpu *pv, uint32_t eflags)
{
    (void)pv, (void)eflags;
    EXERCISE("2.6");
}

/*
 * Exercise 2.6. Read the four words that are always there, then all six if CS says that a program is returned to. A
 * frame that cannot be read, or whose CS has RPL 0, is the guest's end: domain_crash(), with the reason "iret: ...".
 * To the kernel ESP goes on behind the frame; SS stays. Nothing changes before everything has been read. Returns the
 * popped EAX: it becomes the result of the hypercall, which is how EAX gets its value.
 */
static int32_t iret(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args, (void)frame_read, (void)flags_load;
    EXERCISE("2.6");
}
HYPERCALL(HYPERCALL_IRET, iret);
