/*
 * Bouncing (floor 2). The real CPU has delivered the exception to us, in ring 0. Here it is delivered a second time, by
 * hand, one ring further out: a frame on the guest's stack, and CS:EIP at the guest's handler.
 *
 *      from ring 3: a new stack, kernel_ss:kernel_sp          from ring 1: goes on where ESP is
 *
 *      kernel_sp -> | SS          |                           ESP before -> |             |
 *                   | ESP         |                                         | EFLAGS      |
 *                   | EFLAGS      |  IF = events are not masked             | CS, mask    |
 *                   | CS, mask    |  bits 16-23: the mask                   | EIP         |
 *                   | EIP         |                                         | error code  |
 *      ESP after -> | error code  |  where the vector has one  ESP after -> +-------------+
 *                   +-------------+
 *
 * The mask is vcpu_info's evtchn_upcall_mask: a ring-1 kernel's "interrupts off". The layout is abi.md 2.5, from Xen's
 * i386 entry code. Invariant: nothing is changed before the whole frame has been written.
 */
#include "bounce.h"
#include "cpu.h"
#include "descriptor_tables.h"
#include "errors.h"
#include "exercise.h"
#include "guest_copy.h"
#include "trap.h"

#define FRAME_WORDS 10          /* the longest: failsafe from ring 3 */
#define PAGE_FAULT_USER 4u      /* error code: the access was made by a program */
#define BOUNCE_CLEARS (EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM)

/* Architectural IOPL shows the guest its virtual one; else it sees 0, which is what the real one is. */
static uint32_t eflags_shown(const struct pv_vcpu *pv, const struct pv_domain *domain)
{
    uint32_t eflags = pv->vcpu->frame->eflags & ~(EFLAGS_IF | EFLAGS_IOPL);

    if (domain->assists & 1u << VM_ASSIST_ARCHITECTURAL_IOPL)
        eflags |= (uint32_t)pv->iopl << 12;
    return pv->info->evtchn_upcall_mask != 0 ? eflags : eflags | EFLAGS_IF;
}

/*
 * Exercise 2.5: the frame's words as they will lie in memory, words[0] at the lowest address; returns how many. In this
 * order: DS ES FS GS if has_segments; the error code if has_error; EIP; CS in the low half, with the mask as it is now
 * in bits 16-23; eflags_shown(); and if the kernel was not running (pv_in_kernel()), ESP and SS.
 */
static unsigned frame_compose(const struct pv_vcpu *pv, const struct bounce *bounce, uint32_t words[FRAME_WORDS])
{
    (void)pv, (void)bounce, (void)words, (void)eflags_shown;
    EXERCISE("2.5");
}

/* A frame nearly always lies in one page: then one walk does. False: it cannot be written. */
static bool words_push(const struct pv_vcpu *pv, uint32_t address, const uint32_t *words, unsigned count)
{
    uint32_t *place = guest_pointer(pv, address, true);

    if (place == NULL || address > UINT32_MAX - count * 4)
        return false;
    if ((address & (PAGE_SIZE - 1)) > PAGE_SIZE - count * 4)
        return copy_to_guest(pv, address, words, count * 4) == 0;
    for (unsigned i = 0; i < count; i++)
        place[i] = words[i];
    return true;
}

/*
 * Exercise 2.5: all of a delivery. The stack is the kernel's own (kernel_ss, kernel_sp) when a program was interrupted,
 * else SS:ESP go on being used. stack_linear() gives the linear address of an offset in a stack segment. The reasons
 * for a crash: "... without a handler" (CS of the handler below 4) and "... on a stack that cannot be written".
 * Then the frame in the trap page becomes the handler's: SS, ESP, CS, EIP; EFLAGS without BOUNCE_CLEARS (a handler
 * does not start in single step); and the upcall mask is set if the handler says so.
 */
void bounce_deliver(struct pv_vcpu *pv, const struct bounce *bounce, const char *what, uint32_t number)
{
    (void)pv, (void)bounce, (void)what, (void)number, (void)frame_compose, (void)words_push;
    EXERCISE("2.5");
}

void bounce_exception(struct pv_vcpu *pv, uint8_t vector, uint32_t error)
{
    struct bounce bounce = { &pv->traps[vector], trap_has_error(vector), false, error };

    bounce_deliver(pv, &bounce, "exception", vector);
}

/*
 * The address goes where the kernel looks for it, for it cannot read the real CR2. To the paging unit ring 1 is a
 * supervisor, and that is what the error code says of it already; on machines where it is not, it is said here.
 */
void bounce_page_fault(struct pv_vcpu *pv, uint32_t error, uint32_t address)
{
    pv->info->arch.cr2 = address;
    error &= ~PAGE_FAULT_USER;
    bounce_exception(pv, VECTOR_PF, pv_in_kernel(pv->vcpu->frame) ? error : error | PAGE_FAULT_USER);
}
