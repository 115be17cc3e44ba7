/* To ring 3 and back.
   User code shares the kernel's flat address space; what it lacks is privilege (CPL 3, IOPL 0). */
#ifndef GUEST_RING3_H
#define GUEST_RING3_H

#include <stdbool.h>
#include <stdint.h>

#include "traps.h"

/* Runs `code` in ring 3, with interrupts on and a stack of its own, until it calls ring3_leave; returns the value given
   there. Interrupts from ring 3 arrive on the caller's own stack. Not reentrant. */
uint32_t ring3_run(void (*code)(void));

/* For code in ring 3: ends the excursion.
   From ring 0 it would end an excursion that does not run. */
void ring3_leave(uint32_t value);

/* The low two bits of the pushed CS are the CPL of what was interrupted. */
static inline bool ring3_is_source(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

#endif
