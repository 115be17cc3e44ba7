/* Critical sections of the bare kernel. There are two implementations, chosen at link time: interrupts_cli.c here, and
   the one in bare-popf/, which is what every textbook writes and what cannot be virtualized. */
#ifndef BARE_INTERRUPTS_H
#define BARE_INTERRUPTS_H

#include <stdint.h>

/* Turns interrupts off; returns what interrupts_restore needs to bring back the state before. */
uint32_t interrupts_save(void);
void interrupts_restore(uint32_t saved);

/* For the start of the kernel only. */
void interrupts_enable(void);

#endif
