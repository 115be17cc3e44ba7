/* Critical sections of the bare kernel. There are two implementations, chosen at link time: interrupts_cli.c here, and
   the one in bare-popf/, which is what every textbook writes and what cannot be virtualized.
   Callers may nest them: only the outermost restore turns interrupts on again. */
#ifndef BARE_INTERRUPTS_H
#define BARE_INTERRUPTS_H

#include <stdint.h>

/* Turns interrupts off; returns what interrupts_restore needs to bring back the state before. */
uint32_t interrupts_save(void);
/* `saved` is what the matching save returned, once each, in reverse order. */
void interrupts_restore(uint32_t saved);

/* For the start of the kernel only.
   When tables, handlers and devices are ready. Before this, no restore turns interrupts on. */
void interrupts_enable(void);

#endif
