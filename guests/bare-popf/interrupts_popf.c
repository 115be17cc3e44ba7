/* Critical sections in the usual way: save EFLAGS, turn interrupts off, and let popf bring the old IF back. Correct on
   every real machine. In ring 3, however, popf leaves IF as it is and says nothing (SDM vol. 2, POPF): cli was seen
   by the hypervisor, the end of the critical section never is, and interrupts stay off for good. The rest of this
   kernel is guests/bare, unchanged. */
#include "../bare/interrupts.h"

#include "cpu.h"

uint32_t interrupts_save(void)
{
    uint32_t saved;

    __asm__ volatile("pushf; pop %0; cli" : "=r"(saved) : : "memory");
    return saved;
}

void interrupts_restore(uint32_t saved)
{
    __asm__ volatile("push %0; popf" : : "r"(saved) : "memory", "cc");
}

void interrupts_enable(void)
{
    cpu_sti();
}
