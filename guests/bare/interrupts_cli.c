/* Critical sections that remember in software whether interrupts are on, and use nothing but cli and sti: both trap
   when the kernel does not really own the machine, so a hypervisor sees every change.
   Invariant: `enabled` is false exactly inside critical sections. Handlers run with interrupts off, open no critical
   section and never see one half open; nobody gives the processor away inside one.
   popf instead would leave IF as it is in ring 3 and say nothing: that mistake is bare-popf/. */
#include "interrupts.h"

#include "cpu.h"

static volatile uint32_t enabled;   /* 0 at first: kernels start with interrupts off */

uint32_t interrupts_save(void)
{
    uint32_t saved;

    cpu_cli();                  /* first: nobody may come between the read and the write */
    saved = enabled;
    enabled = 0;
    return saved;
}

/* The variable first: after sti a tick may run another thread, which must find it true. */
void interrupts_restore(uint32_t saved)
{
    enabled = saved;
    if (saved)
        cpu_sti();
}

void interrupts_enable(void)
{
    enabled = 1;
    cpu_sti();
}
