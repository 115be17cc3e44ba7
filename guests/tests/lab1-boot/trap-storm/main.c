/* 100000 pairs of cli and sti with the timer running: every one a trap when virtualized. None may be lost, and ticks
   must come through in between. */
/* expect: success */
/* native: yes */
#include "test.h"

#define PAIRS 100000u

void test_run(void)
{
    test_start_timer(1000);
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        uint32_t before;

        cpu_cli();
        before = test_ticks;
        __asm__ volatile("nop; nop; nop; nop" : : : "memory");
        test_check(test_ticks == before, "an interrupt came with interrupts off");
        cpu_let_interrupts_in();
    }
    cpu_cli();
    test_check(test_ticks > 0, "no interrupt came at all");
    test_success();
}
