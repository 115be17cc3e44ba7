/* An exception after the trap table was cleared ends the domain. */
/* expect: crashed: without a handler */
#include "test.h"

void test_run(void)
{
    test_result("clear", hypercall_set_trap_table(NULL), 0);
    __asm__ volatile("ud2");
    test_failure("went on behind ud2");
}
