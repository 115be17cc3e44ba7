/* Turns paging on. Floor 1 has no page tables for guests: it must say so and end the guest. */
/* expect: crashed: unpaged protected mode */
/* native: no */
#include "test.h"

void test_run(void)
{
    cr3_write(0x00200000);
    cr0_write(cr0_read() | CR0_PG);
    test_failure("paging was turned on");
}
