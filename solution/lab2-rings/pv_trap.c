/*
 * Traps of ring-1 guests (floor 2): which of them are ours, and which are bounced to the guest's kernel.
 *
 *      trap                 filter                                               else
 *      #GP, IDT bit set     INT n: the trap table says whether n may be raised   bounced as #GP
 *      #GP(0)               a privileged instruction: pv_emulate.c               bounced
 *      #UD                  a forced CPUID                                       bounced
 *      #PF                  CR2 goes into the shared page                        bounced
 *      #NM                  registers of another vcpu (fpu.c)                    bounced, if its own TS is set
 *      #DB                  DR6 is taken over                                    bounced
 *      NMI                  the first domain's (nmi.c)                           the hypervisor's trouble
 *      the others                                                                bounced
 *
 * Invariant: the real IF is on and the real IOPL is 0 whenever a guest runs; its own idea of both is in vcpu_info and
 * in struct pv_vcpu.
 */
#include "pv_trap.h"
#include <stddef.h>
#include "bounce.h"
#include "cpu.h"
#include "debug.h"
#include "fpu.h"
#include "nmi.h"
#include "trap.h"

#define ERROR_EXTERNAL 1u /* of a #GP: what faulted was the delivery of something from outside the program */
#define ERROR_IDT      2u /* the index is a vector */

/* The ring that raises it must be allowed to: the kernel is ring 1, a program 3 (abi.md 2.3). */
static bool may_raise(const struct pv_vcpu *pv, uint8_t vector)
{
    return (pv->vcpu->frame->cs & 3) <= pv->traps[vector].dpl && pv->traps[vector].cs >= 4;
}

/*
 * INT n, which the real IDT has closed to all but us. It is a trap, so it goes on behind the instruction, which is two
 * bytes long; and it has no error code, whatever vector it names.
 */
static void __attribute__((noinline)) software_interrupt(struct pv_vcpu *pv, uint32_t error)
{
    uint8_t vector = (uint8_t)(error >> 3);
    struct bounce bounce = { .handler = &pv->traps[vector] };

    if (!may_raise(pv, vector)) {
        bounce_exception(pv, VECTOR_GP, error);
        return;
    }
    pv->vcpu->frame->eip += 2;
    bounce_deliver(pv, &bounce, "INT", vector);
}

/*
 * The error code says which of three it is: INT n (the IDT bit), a selector that cannot be loaded (an index), or
 * neither: an instruction that this ring may not use. Only for the last are bytes looked at.
 */
static void protection_fault(struct pv_vcpu *pv, uint32_t error)
{
    if ((error & (ERROR_IDT | ERROR_EXTERNAL)) == ERROR_IDT)
        software_interrupt(pv, error);
    else if (error != 0 || !pv_emulate(pv))
        bounce_exception(pv, VECTOR_GP, error);
}

bool (*pv_fault_filter)(const struct pv_vcpu *pv, uint32_t error, uint32_t address);

static void page_fault(struct pv_vcpu *pv, uint32_t error, uint32_t address)
{
    if (pv_fault_filter == NULL || !pv_fault_filter(pv, error, address))
        bounce_page_fault(pv, error, address);
}

/*
 * The guest's own TS comes first; otherwise its registers are just not in the CPU. Delivering it clears TS: a handler
 * that only returns must not trap for ever (abi.md 2.6).
 */
static void device_missing(struct pv_vcpu *pv)
{
    fpu_load(pv->vcpu);
    if (!pv->task_switched)
        return;
    pv->task_switched = false;
    bounce_exception(pv, VECTOR_NM, 0);
}

/* NMI and machine check are the hardware's, not the guest's doing; all others are settled here. */
static bool __attribute__((noinline)) trap_handle(struct pv_vcpu *pv, const struct trap_frame *frame)
{
    switch (frame->vector) {
    case VECTOR_GP:
        protection_fault(pv, frame->error);
        break;
    case VECTOR_PF:
        page_fault(pv, frame->error, cr2_read());
        break;
    case VECTOR_UD:
        if (!pv_emulate_cpuid(pv))
            bounce_exception(pv, VECTOR_UD, 0);
        break;
    case VECTOR_NM:
        device_missing(pv);
        break;
    case VECTOR_DB:
        debug_note(pv);
        bounce_exception(pv, VECTOR_DB, 0);
        break;
    case VECTOR_NMI:
        return nmi_receive();
    case VECTOR_MC:
        return false; /* the machine has failed */
    default:
        bounce_exception(pv, (uint8_t)frame->vector, frame->error);
    }
    return true;
}

/* Guests of other kinds come through here as well, so this much must cost next to nothing. */
bool pv_trap(struct vcpu *vcpu, struct trap_frame *frame)
{
    (void)vcpu;
    return pv_running != NULL && trap_handle(pv_running, frame);
}
