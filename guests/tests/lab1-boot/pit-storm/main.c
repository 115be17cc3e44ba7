/* Programs the timer with divisor 1: more than a million interrupts a second, more than can be served. The guest may
   be slowed down to what it can take, but must come forward, and so must its neighbours. */
/* expect: success */
/* native: no */
#include "test.h"

#define ENOUGH 1000

void test_run(void)
{
    test_start_timer(PIT_INPUT_HZ);
    cpu_sti();
    while (test_ticks < ENOUGH)
        continue;
    cpu_cli();
    pic_mask_all();
    test_success();
}
