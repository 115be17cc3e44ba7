/* With an interrupt pending, sti followed at once by cli must not let it in: sti takes effect after the next
   instruction. sti and a nop must. Kernels rely on it when they say `sti; hlt`. */
/* expect: success */
/* native: yes */
#include "test.h"

void test_run(void)
{
    test_start_timer(1000);
    while ((pic_requested() & 1u << IRQ_TIMER) == 0)
        continue;
    for (unsigned i = 0; i < 100; i++)
        __asm__ volatile("sti; cli" : : : "memory");
    test_check(test_ticks == 0, "an interrupt came between sti and cli");
    cpu_let_interrupts_in();
    test_check(test_ticks > 0, "no interrupt came after sti");
    for (unsigned i = 0; i < 50; i++)
        cpu_wait_for_interrupt();
    cpu_cli();
    test_success();
}
