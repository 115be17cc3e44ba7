/* sched_op block without anything to wait for: the domain sleeps, and takes no time from others. */
/* expect: runs */
#include "test.h"

void test_run(void)
{
    print("sched-block: sleeps\n");
    for (;;)
        hypercall_sched_op(SCHED_BLOCK, NULL);
}
