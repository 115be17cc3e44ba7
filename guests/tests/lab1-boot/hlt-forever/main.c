/* Sleeps in hlt for ever, woken by the timer only. It is idle: it may neither end nor keep others from running. */
/* expect: runs */
/* native: no */
#include "test.h"

void test_run(void)
{
    print("hlt-forever: sleeping\n");
    test_start_timer(100);
    for (;;)
        cpu_wait_for_interrupt();
}
