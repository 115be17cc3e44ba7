/*
 * The trap frame and the one dispatcher (floor 1). Every exception, interrupt and hypercall from every guest comes
 * through trap_dispatch(); upper floors add their part with a trap hook (floor.h).
 */
#ifndef RINGLET_TRAP_H
#define RINGLET_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* SDM vol. 3 table 6-1. VECTOR_IRQ is where our 8259 pair is mapped to: the first number the CPU leaves free. */
enum trap_vector {
    VECTOR_DE = 0, VECTOR_DB = 1, VECTOR_NMI = 2, VECTOR_BP = 3,     /* divide, debug, NMI, INT3 */
    VECTOR_OF = 4, VECTOR_BR = 5, VECTOR_UD = 6, VECTOR_NM = 7,      /* INTO, BOUND, invalid opcode, no FPU */
    VECTOR_DF = 8, VECTOR_TS = 10, VECTOR_NP = 11, VECTOR_SS = 12,   /* double fault, TSS, not present, stack */
    VECTOR_GP = 13, VECTOR_PF = 14, VECTOR_MF = 16, VECTOR_AC = 17,  /* protection, page, FPU, alignment */
    VECTOR_MC = 18, VECTOR_XM = 19, VECTOR_IRQ = 32                  /* machine check, SSE, IRQ 0 */
};

/* What entry.S leaves, lowest address first: the order of the pushes, backwards. Asserted in trap.c. */
struct trap_frame {
    uint32_t gs, fs, es, ds;                                    /* pushed one by one */
    uint32_t edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;     /* PUSHA */
    uint32_t vector, error;                                     /* the stub; error is 0 where the CPU pushes none */
    uint32_t eip, cs, eflags;                                   /* the CPU */
    uint32_t esp, ss;                                           /* the CPU, only when it came from an outer ring */
};

#define TRAP_EFLAGS_VM 0x20000u

/* In virtual-8086 mode CS is no selector: it has no RPL. */
static inline bool trap_from_hypervisor(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 0 && !(frame->eflags & TRAP_EFLAGS_VM);
}

/* Exceptions that push an error code: 8, 10-14, 17 (SDM vol. 3 table 6-1). */
static inline bool trap_has_error(unsigned vector)
{
    return vector < 32 && (0x00027d00u >> vector & 1);
}

/* Called by entry.S with the frame; returns to have it restored. */
void trap_dispatch(struct trap_frame *frame);

/*
 * Something has changed that the way back to a guest must see to: who runs, or what its floors prepare in
 * before_resume. Cleared when that is done. A trap that sets it not goes straight back to where it came from.
 */
extern bool trap_has_work;

/* Called at the end of a trap's work: settle who runs next, if there is a reason to. */
void trap_settle(void);
static inline void trap_finish(void)
{
    if (trap_has_work)
        trap_settle();
}

/* Called by entry_restart, on an empty stack. */
void __attribute__((noreturn)) trap_restart(void);

/* Leave boot for good: choose a vcpu and run guests until none is left. */
void __attribute__((noreturn)) trap_start_guests(void);

#endif
