/* Writes the first word of the hypervisor's own image. The guest must end before it gets an answer. */
/* expect: crashed: f8100000 */
/* native: no */
#include "test.h"

void test_run(void)
{
    volatile uint32_t *secret = (volatile uint32_t *)0xF8100000;

    *secret = 0x0BADC0DE;
    test_failure("the hypervisor's memory answered");
}
