/* A fault while ESP points into a page table, which is mapped read-only: the frame would be three entries of it. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("lea 64(%0), %%esp; ud2" : : "r"(address_read_only()));
    test_failure("the frame was written somewhere");
}
