/* Critical sections that remember in software whether interrupts are on, and use nothing but cli and sti: both trap
   when the kernel does not really own the machine, so a hypervisor sees every change.
   Invariant: `enabled` is false exactly inside critical sections. Handlers run with interrupts off, open no critical
   section and never see one half open; nobody gives the processor away inside one. */
#include "interrupts.h"

#include "cpu.h"

static volatile uint32_t enabled;

uint32_t interrupts_save(void)
{
    uint32_t saved;

    cpu_cli();
    saved = enabled;
    enabled = 0;
    return saved;
}

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
