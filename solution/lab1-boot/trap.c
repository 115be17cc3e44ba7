/*
 * The one dispatcher (floor 1). Called by entry.S with interrupts off, on the hypervisor's stack.
 *
 * A trap goes: entry stub -> trap_dispatch -> the floors' trap hooks from the top down -> resume -> exit stub. What no
 * floor handles crashes the domain. Before returning, resume() settles who runs next, unless nothing has changed that
 * could matter (trap_has_work); the frame that entry.S restores is whatever trap page is mapped by then. Invariant: ring 0 runs with interrupts off, except in the idle loop's HLT.
 */
#include "trap.h"
#include <stddef.h>
#include "cpu.h"
#include "domain.h"
#include "floor.h"
#include "gate.h"
#include "guests.h"
#include "irq.h"
#include "panic.h"
#include "sched.h"
#include "time.h"

_Static_assert(sizeof(struct trap_frame) == 76, "FRAME_SIZE in entry.S");
_Static_assert(offsetof(struct trap_frame, cs) == 60, "FRAME_CS in entry.S");
_Static_assert(offsetof(struct trap_frame, eflags) == 64, "FRAME_EFLAGS in entry.S");

/* entry.S is assembly and cannot take these numbers from the struct: it types them, and they are compared here. */
static bool is_idle; /* in cpu_wait(): the only time ring 0 may be interrupted */
bool trap_has_work;

/*
 * Only the timer has work to do; another line can have been unmasked by an upper floor. A vcpu that has just crashed
 * is no longer queued, and the scheduler must not be told that it ran.
 */
static void irq_handle(unsigned irq)
{
    trap_has_work = true; /* even a spurious one may have come between a guest and its next event */
    if (!irq_acknowledge(irq) || irq != IRQ_TIMER)
        return;
    time_tick();
    if (!is_idle && vcpu_current()->is_queued)
        scheduler->tick(vcpu_current());
    floors_tick();
}

/* The 16 vectors that irq_init() gave the 8259 pair. */
static bool is_irq(const struct trap_frame *frame)
{
    return frame->vector >= VECTOR_IRQ && frame->vector < VECTOR_IRQ + 16;
}

/* Wait until some vcpu can run. Only a tick can change that, so guests that all wait cost nothing. */
static struct vcpu *choose(void)
{
    struct vcpu *vcpu;

    if (domains_stopped)
        guests_reap();
    while ((vcpu = scheduler->choose()) == NULL) {
        is_idle = true;
        fs_gs_clear(); /* whoever ran last may be gone, and its descriptors with it */
        cpu_wait();
        is_idle = false;
    }
    return vcpu;
}

/*
 * Settle on a vcpu that is still runnable after its floors have prepared it: delivering an event may crash it.
 *
 *      choose()                   nobody can run: HLT until the next tick, then ask again
 *         | vcpu
 *      vcpu_switch_to()           its trap page to GATE_TRAP, its tables into CR3
 *         |
 *      floors_before_resume()     virtual interrupts, the shadow GDT, the FPU
 *         | still queued?         no: choose again
 *      exit stub                  restores the frame at GATE_TRAP, whosever it is by now
 */
static void resume(void)
{
    struct vcpu *vcpu;

    do {
        vcpu = choose();
        trap_has_work = false; /* what the floors find out now counts for the next round */
        if (vcpu != vcpu_current())
            vcpu_switch_to(vcpu);
        floors_before_resume(vcpu);
    } while (!vcpu->is_queued);
}

void trap_settle(void)
{
    resume();
}

/*
 * In ring 0 the only trap that is not a bug is the interrupt that ends an idle wait; its frame is on our own stack.
 * And there is the edge: at the first instruction of a stub and the last ones of the exit, what the guest has in its
 * registers and tables still matters. Floors whose guests have a say in that bring an edge hook.
 */
static void hypervisor_trap(struct trap_frame *frame)
{
    if (is_idle && is_irq(frame))
        irq_handle(frame->vector - VECTOR_IRQ);
    else if (!floors_edge(frame))
        panic_trap(frame);
}

/*
 * No guest here runs in virtual-8086 mode, and IRET outside ring 0 cannot enter it (SDM vol. 2, IRET); QEMU 7.2's TCG
 * enters it all the same. The CPU then pushes four segment registers more, so `frame` is not where a guest's frame
 * belongs: the guest is ended, and the way back starts afresh at the next one's. That emulator even lets the IRET clear
 * the real IF: a loop without a trap then keeps the machine, and nothing here can end it. No CPU does that, nor Bochs.
 */
static void __attribute__((noreturn)) virtual_8086_trap(struct vcpu *vcpu, const struct trap_frame *frame)
{
    domain_crash(vcpu->domain, "entered virtual-8086 mode, trap %u at %04x:%04x", frame->vector, frame->cs, frame->eip);
    if (is_irq(frame))
        irq_handle(frame->vector - VECTOR_IRQ);
    trap_restart();
}

/*
 * No floor wants it. NMI and machine check are no guest's doing: the hardware reports that it has failed, to whoever is
 * told of what happens in ring 0.
 */
static void unhandled_trap(struct vcpu *vcpu)
{
    const struct trap_frame *frame = vcpu->frame;

    if (frame->vector == VECTOR_NMI || frame->vector == VECTOR_MC) {
        hypervisor_trap(vcpu->frame);
        return;
    }
    domain_crash(vcpu->domain, "exception %u at %08x, which nothing handles", frame->vector, frame->eip);
}

/*
 * Four kinds of trap, told apart by the frame alone:
 *
 *      from ring 0             idle, or a bug          return to where it was
 *      VM set                  a guest cheated         never returns here: the frame is not the vcpu's
 *      a vector of the 8259s   the tick                whoever was running has no part in it
 *      anything else           the guest's own         the floors', from the top down
 */
void trap_dispatch(struct trap_frame *frame)
{
    struct vcpu *vcpu = vcpu_current();

    if (trap_from_hypervisor(frame)) {
        hypervisor_trap(frame);
        return;
    }
    /* From here on the trap came from a guest, so there is a current vcpu. */
    if (frame->eflags & TRAP_EFLAGS_VM)
        virtual_8086_trap(vcpu, frame);
    if (is_irq(frame))
        irq_handle(frame->vector - VECTOR_IRQ);
    else if (!floors_trap(vcpu, vcpu->frame))
        unhandled_trap(vcpu);
    trap_finish();
}

void trap_restart(void)
{
    resume();
    entry_resume();
}

/* The tick is let through only now: before this there is nobody to charge it to. */
void trap_start_guests(void)
{
    irq_unmask(IRQ_TIMER);
    trap_restart();
}
