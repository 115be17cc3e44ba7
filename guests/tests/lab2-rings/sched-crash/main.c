/* sched_op shutdown with reason crash: the domain ends with a failure, as it says itself. */
/* expect: crashed: reported a crash */
#include "test.h"

void test_run(void)
{
    domain_end(SHUTDOWN_CRASH);
}
