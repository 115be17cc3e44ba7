/* Loops for ever with interrupts off. It may, but its neighbours must run on. */
/* expect: runs */
/* native: no */
#include "test.h"

void test_run(void)
{
    print("loop-off: looping\n");
    cpu_cli();
    for (;;)
        continue;
}
