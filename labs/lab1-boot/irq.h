/*
 * The real 8259 pair (floor 1): remapped to vectors VECTOR_IRQ..+15, everything masked but what has been opened.
 */
#ifndef RINGLET_IRQ_H
#define RINGLET_IRQ_H

#include <stdbool.h>

#define IRQ_TIMER 0 /* the 8254's channel 0, as a PC wires it */

/* Program both chips; every input stays masked but the cascade. */
void irq_init(void);
/* Let input `irq` (0..15) through, for good. */
void irq_unmask(unsigned irq);

/* Acknowledge `irq` (0..15). False for a spurious one, which must not be handled. */
bool irq_acknowledge(unsigned irq);

#endif
