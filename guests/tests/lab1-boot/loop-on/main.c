/* Loops for ever with interrupts on and the timer ticking at 1000 Hz. It may, but its neighbours must run on. */
/* expect: runs */
/* native: no */
#include "test.h"

void test_run(void)
{
    print("loop-on: looping\n");
    test_start_timer(1000);
    cpu_sti();
    for (;;)
        continue;
}
