/*
 * Traps and virtual interrupts of bare guests (floor 1): where the life of one privileged instruction is to be read.
 *
 *   cli in the guest -> #GP(0) -> entry stub -> trap_dispatch -> bare_trap -> decode -> emulate -> bare_before_resume
 *   -> exit stub -> the instruction behind the cli
 *
 * What is not emulated goes to the guest's own IDT as the exception it would have been on the machine. Invariant: the
 * real IF is on and the real IOPL is 0 whenever the guest runs.
 *
 *   trap             what it can be                                      what becomes of it
 *   #GP              a privileged instruction or INT n                   decode, emulate
 *                    a selector that the shadow GDT lacks                filled in, tried again
 *                    the guest's own                                     to its IDT
 *   #DB              our single step / its own                           settled / to its IDT
 *   #NM              registers of another vcpu / its own CR0.TS          loaded / to its IDT
 *   #PF              memory that it does not have                        the guest is ended
 *   the others       its own                                             to its IDT
 */
#include "bare_trap.h"
#include <stddef.h>
#include "bare.h"
#include "bare_build.h"
#include "bare_step.h"
#include "console.h"
#include "cpu.h"
#include "decode.h"
#include "domain.h"
#include "emulate.h"
#include "exercise.h"
#include "fpu.h"
#include "layout.h"
#include "sched.h"
#include "time.h"
#include "watch.h"

#define ERROR_EXT 1u  /* of error codes with a selector: the event came from outside the program */
#define ERROR_IDT 2u  /* the index is that of a gate */
#define ERROR_USER 4u /* of a page fault: the access was made in ring 3 */
#define DR6_BS    0x4000u /* single step */
#define GDT_WINDOW_END (GATE_GDT + GDT_GUEST_PAGES * PAGE_SIZE)

/* The machine, for the pure files: tests link their own three functions instead (emulate.h). */
uint64_t bare_tsc(void)
{
    return tsc_read();
}

uint64_t bare_now(void)
{
    return time_read();
}

uint8_t bare_clock_register(uint8_t reg)
{
    return time_clock_register(reg);
}

/* Out of the run queue until wake_if_due() finds an interrupt for it: an idle guest costs nothing. */
static void halt_begin(struct bare *guest)
{
    console_guest_flush(guest->domain); /* a prompt is to be seen while the guest waits for an answer */
    sched_sleep(&guest->domain->vcpu[0]);
}

/* An emulated instruction is a step too: its #DB comes after it (SDM vol. 3 section 17.3.1.4). */
static void step_finish(struct bare *guest, bool guest_steps)
{
    if (!guest_steps || !domain_is_alive(guest->domain))
        return;
    guest->is_halted = false; /* the exception ends even a HLT */
    guest->dr[6] |= DR6_BS;
    bare_deliver_fault(guest, FAULT(VECTOR_DB, 0));
}

/* No #DB behind INT, which clears TF on its way, nor behind IRET, which loads TF anew. */
static void insn_execute(struct bare *guest, const struct insn *insn)
{
    bool guest_steps = guest->frame->eflags & EFLAGS_TF;
    uint32_t eip = guest->frame->eip;
    fault_t fault = emulate(guest, insn);

    if (fault != FAULT_NONE) {
        bare_deliver_fault(guest, fault);
        return;
    }
    step_finish(guest, guest_steps && insn->op != INSN_INT && insn->op != INSN_IRET);
    if (guest->is_halted)
        halt_begin(guest);
    else
        watch_start(guest, eip);
}

/* The bytes ran out before the instruction did: at the end of the segment, or of the memory. */
static void fetch_fault(struct bare *guest, unsigned count)
{
    const struct segment *code = bare_code_segment(guest);
    uint32_t next = guest->frame->eip + count;

    if (code != NULL && next <= code->limit && bare_linear(guest, code->base + next, 1) == NULL)
        bare_outside(guest, code->base + next);
    else
        bare_deliver_fault(guest, FAULT(VECTOR_GP, 0));
}

/* #GP: a privileged instruction, an INT n, or a selector our shadow GDT does not have yet; else the guest's own. */
/*
 * The error code does not tell these apart: a privileged instruction and a segment limit both give 0. So the bytes at
 * EIP decide first. They may not be what the CPU executed if the guest rewrites its own code, but they are all there
 * is, and the guest hurts itself only.
 */
static void protection_fault(struct bare *guest, uint32_t error)
{
    const uint8_t *bytes = NULL;
    unsigned count = bare_fetch(guest, &bytes);
    struct insn insn;

    switch (decode(bytes, count, guest->code.is_32bit ? 4 : 2, &insn)) {
    case DECODE_OK:
        insn_execute(guest, &insn);
        return;
    case DECODE_INVALID:
        bare_deliver_fault(guest, FAULT(VECTOR_UD, 0));
        return;
    case DECODE_MORE:
        if (count < INSN_MAX_LENGTH) {
            fetch_fault(guest, count);
            return;
        }
        break;
    case DECODE_REFUSED:
        break;
    }
    if ((error & (ERROR_IDT | ERROR_EXT)) == 0 && error != 0)
        bare_deliver_fault(guest, bare_segment_fill(guest, (uint16_t)error));
    else
        bare_deliver_fault(guest, FAULT(VECTOR_GP, error));
}

/*
 * With its paging off a guest has no page faults: it reached beyond its memory, or for a far selector. In the latter
 * case the CPU read the table for itself, as a supervisor (SDM vol. 3 section 4.7, bit U/S).
 */
static void page_fault(struct bare *guest, uint32_t error)
{
    uint32_t address = cr2_read();

    if (!(error & ERROR_USER) && address >= GATE_GDT && address < GDT_WINDOW_END)
        bare_deliver_fault(guest, FAULT(VECTOR_GP, (address - GATE_GDT) & 0xfff8));
    else
        bare_outside(guest, address);
}

/* INT3 and INTO come through gates of DPL 3, so EIP is behind them already. */
static void breakpoint(struct bare *guest, uint8_t vector)
{
    struct bare_event event = { EVENT_SOFTWARE, vector, 0, guest->frame->eip };
    const struct segment *code = bare_code_segment(guest);
    const uint8_t *before = code != NULL ? bare_linear(guest, code->base + guest->frame->eip - 1, 1) : NULL;

    guest->frame->eip -= before != NULL && (*before == 0xcc || *before == 0xce) ? 1 : 2; /* or INT n */
    bare_deliver(guest, event);
}

static void debug_trap(struct bare *guest, bool was_ours)
{
    if (was_ours) {
        bare_step_settle(guest);
        guest->is_shadowed = false; /* the instruction behind STI is done, even if it jumped to itself */
        watch_step(guest);
        return;
    }
    guest->dr[6] |= DR6_BS;
    bare_deliver_fault(guest, FAULT(VECTOR_DB, 0));
}

/* The guest's own TS or EM comes first: its kernel does the same lazy switching among its threads. */
static void device_missing(struct vcpu *vcpu, struct bare *guest)
{
    if (guest->cr0 & (CR0_TS | CR0_EM))
        bare_deliver_fault(guest, FAULT(VECTOR_NM, 0));
    else
        fpu_load(vcpu);
}

/* TF was ours for one instruction: give the guest its own back. */
static bool step_end(struct bare *guest)
{
    bool was_ours = guest->is_stepping;

    if (was_ours)
        guest->frame->eflags &= ~EFLAGS_TF;
    guest->is_stepping = false;
    return was_ours;
}

/* The FPU's, alignment and other exceptions need no case: a guest gets its own as they are. */
bool bare_trap(struct vcpu *vcpu, struct trap_frame *frame)
{
    struct bare *guest = bare_of(vcpu->domain);

    if (guest == NULL)
        return false;
    trap_has_work = true; /* its virtual interrupts, shadows and steps are settled on each way back */
    bool was_ours = step_end(guest);
    switch (frame->vector) {
    case VECTOR_GP:
        protection_fault(guest, frame->error);
        break;
    case VECTOR_PF:
        page_fault(guest, frame->error);
        break;
    /* Their gates have DPL 3, unlike all others: no #GP comes first (tables.c). */
    case VECTOR_BP:
    case VECTOR_OF:
        breakpoint(guest, (uint8_t)frame->vector);
        break;
    case VECTOR_DB:
        debug_trap(guest, was_ours);
        break;
    case VECTOR_NM:
        device_missing(vcpu, guest);
        break;
    case VECTOR_NMI:
    case VECTOR_MC:
        return false; /* the machine's business, not the guest's */
    /* #DE, #UD, #AC, #MF and the like: what the CPU found, the guest's handler gets. */
    default:
        bare_deliver_fault(guest, FAULT(frame->vector, frame->error));
    }
    return true;
}

/* Run one instruction and come back. */
/* Not lent where the guest's own TF is set: its #DB brings us back as well. */
static void step_begin(struct bare *guest)
{
    if (!(guest->frame->eflags & EFLAGS_TF) && bare_step_prepare(guest)) {
        guest->frame->eflags |= EFLAGS_TF;
        guest->is_stepping = true;
    }
}

/* Left as soon as EIP is elsewhere: a shadow covers one instruction, wherever that one went. */
static bool is_in_shadow(struct bare *guest)
{
    guest->is_shadowed = guest->is_shadowed && guest->frame->eip == guest->shadow_eip;
    return guest->is_shadowed;
}

/*
 * Exercise 1.6: an interrupt is pending and the virtual IF is set. If the guest is_in_shadow() of an STI or a load of
 * SS, let it do one instruction first, with step_begin(), and be here again. Else a step of ours is over, step_end(),
 * and the vector that vpic_acknowledge() gives is delivered as EVENT_EXTERNAL. Acknowledge only what you deliver.
 */
static void interrupt_offer(struct bare *guest)
{
    if (!guest->interrupts || !vpic_is_pending(&guest->pic))
        return;
#ifdef SOLUTION
    if (is_in_shadow(guest)) {
        step_begin(guest);
        return;
    }
    step_end(guest);
    bare_deliver(guest, (struct bare_event){ EVENT_EXTERNAL, vpic_acknowledge(&guest->pic), 0, 0 });
#else
    (void)is_in_shadow;
    EXERCISE("1.6");
#endif
}

/*
 * A guest can stand behind the last byte of its code segment: its last instruction was emulated, stepped or interrupted
 * there. Its #GP would come at the next fetch, but IRET checks EIP too, and there the #GP would be ours, in ring 0
 * (SDM vol. 2, IRET). So it comes now, behind interrupts, which go first.
 */
static void limit_check(struct bare *guest)
{
    const struct segment *code = bare_code_segment(guest);

    if (code != NULL && guest->frame->eip > code->limit)
        bare_deliver_fault(guest, FAULT(VECTOR_GP, 0));
}

/*
 * The order matters. An interrupt changes CS and EIP, so the limit is checked after it; both can end in a delivery
 * that changes the shadow, so that is settled after them; then the window and the FPU are made the guest's.
 */
void bare_before_resume(struct vcpu *vcpu)
{
    struct bare *guest = bare_of(vcpu->domain);

    if (guest == NULL)
        return;
    interrupt_offer(guest);
    limit_check(guest);
    if (watch_is_on(guest))
        step_begin(guest);
    if (guest->shadow_changed)
        bare_segments_settle(guest);
    bare_shadow_map(guest);
    fpu_prepare(vcpu, guest->cr0 & (CR0_TS | CR0_EM));
}

/* A guest halted with IF clear has ended, so IF is set in every halted one; the test costs nothing all the same. */
static void wake_if_due(struct bare *guest)
{
    if (!guest->is_halted || !guest->interrupts || !vpic_is_pending(&guest->pic))
        return;
    guest->is_halted = false;
    sched_wake(&guest->domain->vcpu[0]);
}

/* A tick the guest has not yet acknowledged stays owed, so a slow guest's clock does not lose time. */
static void timer_run(struct bare *guest)
{
    if (vpic_is_requested(&guest->pic, 0) || !vpit_take_tick(&guest->pit, time_cached()))
        return;
    vpic_set_line(&guest->pic, 0, false);
    vpic_set_line(&guest->pic, 0, true);
}

/* Of all bare guests, running or not: the time of a guest goes on while another has the CPU. */
void bare_tick(void)
{
    for (struct domain *domain = domain_first(); domain != NULL; domain = domain->next) {
        struct bare *guest = bare_of(domain);

        if (guest == NULL || !domain_is_alive(domain))
            continue;
        timer_run(guest);
        wake_if_due(guest);
    }
}

/* A full FIFO is not an overrun here: the byte waits outside, where it cannot be lost. */
bool bare_receive(struct domain *domain, uint8_t byte)
{
    struct bare *guest = bare_of(domain);

    if (guest == NULL)
        return true; /* not this floor's kind of guest: dropped */
    if (guest->uart.count == VUART_FIFO)
        return false;
    vuart_receive(&guest->uart, byte);
    vpic_set_line(&guest->pic, VUART_IRQ, vuart_irq(&guest->uart));
    wake_if_due(guest);
    return true;
}
