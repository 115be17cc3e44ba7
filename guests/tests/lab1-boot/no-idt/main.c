/* Raises an exception when IDTR has limit 0, so that no vector has a gate. The guest must end. */
/* expect: crashed: triple fault */
/* native: no */
#include "test.h"

void test_run(void)
{
    struct table_pointer nothing = { 0, 0 };

    cpu_lidt(&nothing);
    __asm__ volatile("int3");
    test_failure("int3 was passed over");
}
