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

/*
 * Architectural IOPL shows the guest its virtual one; else it sees 0, which is what the real one is. IF is made up,
 * too: the real one is always on, or the guest could keep our tick out. All other bits are as they were, for the frame
 * is what the kernel will go back to.
 */
static uint32_t eflags_shown(const struct pv_vcpu *pv)
{
    uint32_t eflags = pv->vcpu->frame->eflags & ~(EFLAGS_IF | EFLAGS_IOPL);

    if (pv->owner->assists & 1u << VM_ASSIST_ARCHITECTURAL_IOPL)
        eflags |= (uint32_t)pv->iopl << 12;
    return pv->info->evtchn_upcall_mask != 0 ? eflags : eflags | EFLAGS_IF;
}

/* How many words the frame has. */
static unsigned frame_words(const struct bounce *bounce, bool in_kernel)
{
    return 3u + bounce->has_error + (in_kernel ? 0 : 2) + (bounce->has_segments ? 4 : 0);
}

/*
 * Exercise 2.5: the frame's words as they lie in memory, the first at the lowest address, frame_words() of them. In
 * this order: DS ES FS GS if has_segments; the error code if has_error; EIP; CS in the low half, with the mask as it is
 * now in bits 16-23; eflags_shown(); and if the kernel was not running (pv_in_kernel()), ESP and SS.
 */
static inline void frame_compose(const struct pv_vcpu *pv, const struct bounce *bounce, guest_word_t *words)
{
    (void)pv, (void)bounce, (void)words, (void)eflags_shown;
    EXERCISE("2.5");
}

/* In two pages, or in none: then copy_to_guest() finds out which, and writes all or nothing. */
static bool __attribute__((noinline)) frame_copy(const struct pv_vcpu *pv, const struct bounce *bounce,
                                                 uint32_t address, unsigned count)
{
    uint32_t words[FRAME_WORDS];

    frame_compose(pv, bounce, words);
    return copy_to_guest(pv, address, words, count * 4) == 0;
}

/* A frame nearly always lies in one page: then it is made in place. False: it cannot be written. */
static inline bool frame_push(const struct pv_vcpu *pv, const struct bounce *bounce, uint32_t address, unsigned count)
{
    guest_word_t *place = guest_window(pv, address, count * 4, true);

    if (place == NULL)
        return frame_copy(pv, bounce, address, count);
    frame_compose(pv, bounce, place);
    return true;
}

/* With the first reason: where it was, and on which stack. Apart, so that a bounce that works does not carry it. */
static void __attribute__((noinline)) bounce_crash(struct pv_vcpu *pv, const char *what, uint32_t number,
                                                   const char *why, uint32_t ss, uint32_t esp)
{
    const struct trap_frame *frame = pv->vcpu->frame;

    domain_crash(pv->vcpu->domain, "%s %u at %04x:%08x, %s %04x:%08x", what, number, frame->cs & 0xffff,
                 frame->eip, why, ss & 0xffff, esp);
}

/*
 * Exercise 2.5: all of a delivery. The stack is the kernel's own (kernel_ss, kernel_sp) when a program was interrupted,
 * else SS:ESP go on being used. stack_linear() gives the linear address of an offset in a stack segment, frame_push()
 * writes. What goes wrong is for bounce_crash(): "without a handler, stack" (CS of the handler below 4) and "on a
 * stack that cannot be written,". Then the frame in the trap page becomes the handler's: SS, ESP, CS, EIP; EFLAGS
 * without BOUNCE_CLEARS (a handler does not start in single step); and the upcall mask is set if the handler says so.
 */
static inline __attribute__((always_inline)) void deliver(struct pv_vcpu *pv, const struct bounce *bounce,
                                                          const char *what, uint32_t number)
{
    (void)pv, (void)bounce, (void)what, (void)number, (void)frame_words, (void)frame_push, (void)bounce_crash;
    EXERCISE("2.5");
}

/* For callbacks and INT n: what they are not is an exception that the CPU has raised. */
void bounce_deliver(struct pv_vcpu *pv, const struct bounce *bounce, const char *what, uint32_t number)
{
    deliver(pv, bounce, what, number);
}

/* The way of most bounces: deliver() stands in it once more, so that the compiler can leave out what is not needed. */
void bounce_exception(struct pv_vcpu *pv, uint8_t vector, uint32_t error)
{
    struct bounce bounce = { &pv->traps[vector], trap_has_error(vector), false, error };

    deliver(pv, &bounce, "exception", vector);
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
