/*
 * What happens at the very edge between ring 0 and a guest (floor 2). The hypervisor's own memory cannot fault, but the
 * last instructions of the way out load what a guest has chosen: four data selectors, then CS, SS and EIP. A guest that
 * has removed a descriptor which it has loaded, or that bounces to a selector that is none, makes one of them fault
 * in ring 0. That is the guest's doing, and only the guest may pay for it.
 *
 *      trap page, while the way out pops:           where a fault of that POP or IRET leaves its own frame
 *
 *      | SS ESP EFLAGS CS EIP | the guest's         | SS ... EIP | still the guest's
 *      | error, vector        |                     |            |
 *      | EAX ... EDI          |  <- ESP, at POP DS  | EAX ... EDI|
 *      | DS                   |                     | DS         | still the guest's
 *      | ES FS GS             |  popped already     | EFLAGS CS EIP error vector EAX ... GS |  of the fault
 *      +----------------------+
 *
 * What has been overwritten was popped before, so it is in the registers, and the fault's frame has saved those. So the
 * guest's frame can be put together again: that is all there is to recovering. Then the guest's failsafe callback is
 * bounced to, with the selectors it had on its stack and null ones in its registers, as Xen does (abi.md 2.5).
 *
 * The other edge is the first instruction of a stub. A guest can set a data breakpoint on the operand of a MOV SS and
 * let INT 0x82 follow: the #DB is held back by one instruction and hits ring 0 (CVE-2018-8897). Nothing is wrong then.
 */
#include "failsafe.h"
#include <stddef.h>
#include "bounce.h"
#include "cpu.h"
#include "debug.h"
#include "exercise.h"
#include "gate.h"
#include "isolation.h"
#include "layout.h"
#include "nmi.h"
#include "pv.h"
#include "text.h"
#include "trap.h"

/* struct trap_frame up to what PUSHA saves: what the way out pops one by one before IRET takes the rest. */
#define FRAME_REGISTERS offsetof(struct trap_frame, vector)

/* Where ESP was when the fault came: a trap from ring 0 pushes neither SS nor ESP. */
static uint32_t esp_before(const struct trap_frame *fault)
{
    return (uint32_t)(uintptr_t)&fault->esp;
}

/*
 * Exercise 2.8: put the guest's frame together again. `popped` bytes of it had been restored when the fault came, and
 * are overwritten; the values are in the fault's own frame, which begins with the same fields (FRAME_REGISTERS bytes
 * of them). The two overlap, so copy the fault's away first.
 */
static void frame_recover(struct trap_frame *frame, const struct trap_frame *fault, uint32_t popped)
{
#ifdef SOLUTION
    struct trap_frame copy;

    memcpy(&copy, fault, FRAME_REGISTERS);
    memcpy(frame, &copy, popped < FRAME_REGISTERS ? popped : FRAME_REGISTERS);
#else
    (void)frame, (void)fault, (void)popped;
    EXERCISE("2.8");
#endif
}

/*
 * Exercise 2.8: the guest cannot go on where it was. If it has a failsafe callback (CS of 4 or more) and has not failed
 * on the way to that very callback, bounce to it with has_segments, and make its data selectors null. Otherwise
 * crash it: "cannot return to CS:EIP: ...". A guest's bad selector must never be more than the guest's own end.
 */
static void failsafe_deliver(struct pv_vcpu *pv, uint32_t vector, uint32_t error)
{
#ifdef SOLUTION
    struct trap_frame *frame = pv->vcpu->frame;
    const struct pv_handler *handler = &pv->callbacks[CALLBACK_FAILSAFE];
    struct bounce bounce = { .handler = handler, .has_segments = true };

    if (handler->cs < 4 || (frame->eip == handler->eip && (frame->cs & 0xffff) == handler->cs)) {
        domain_crash(pv->vcpu->domain, "cannot return to %04x:%08x: exception %u, error %x, on the way", frame->cs,
                     frame->eip, vector, error);
        return;
    }
    bounce_deliver(pv, &bounce, "failsafe callback after exception", vector);
    frame->ds = frame->es = frame->fs = frame->gs = 0;
#else
    (void)pv, (void)vector, (void)error;
    EXERCISE("2.8");
#endif
}

/* The fault's frame lies in the trap page, below what is left of the guest's, and so does the stack we are on. */
static void __attribute__((noreturn)) exit_fault(struct pv_vcpu *pv, const struct trap_frame *fault)
{
    struct trap_frame *frame = (struct trap_frame *)(GATE_TRAP + PAGE_SIZE - sizeof(*frame));
    uint32_t vector = fault->vector, error = fault->error;

    frame_recover(frame, fault, esp_before(fault) - (uint32_t)(uintptr_t)frame);
    failsafe_deliver(pv, vector, error);
    entry_restart();
}

/* On the trap page ring 0 executes the stubs and the ways out only: everywhere else it has its own stack. */
static bool is_on_trap_page(const struct trap_frame *frame)
{
    return (uint32_t)(uintptr_t)frame - GATE_TRAP < PAGE_SIZE;
}

/* A stub's first instruction has nothing restored and nothing saved: #DB there is the guest's breakpoint, held back. */
static bool is_late_breakpoint(const struct trap_frame *frame)
{
    return frame->vector == VECTOR_DB && is_on_trap_page(frame);
}

/* Only selectors and EIP can be wrong on the way out: #GP, #SS, #NP, #TS; #PF where a table has a hole. */
static bool is_exit_fault(const struct trap_frame *frame)
{
    return is_on_trap_page(frame) && frame->vector >= VECTOR_TS && frame->vector <= VECTOR_PF;
}

bool failsafe_edge(struct trap_frame *frame)
{
    struct vcpu *vcpu = vcpu_current();
    struct pv_vcpu *pv = vcpu != NULL ? pv_vcpu_of(vcpu) : NULL;

    if (isolation_edge(frame) || (frame->vector == VECTOR_NMI && nmi_receive()))
        return true;
    if (pv != NULL && is_late_breakpoint(frame)) {
        debug_note(pv);
        return true;
    }
    if (pv != NULL && is_exit_fault(frame))
        exit_fault(pv, frame);
    return false;
}
