/* Never gives up the CPU by itself and never calls the hypervisor: the time slice must take it away. */
/* expect: runs */
#include "test.h"

void test_run(void)
{
    print("spin: round and round\n");
    for (;;)
        __asm__ volatile("");
}
