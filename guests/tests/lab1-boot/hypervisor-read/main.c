/* Reads the first word of the hypervisor's own image. The guest must end before it gets an answer. */
/* expect: crashed: f8100000 */
/* native: no */
#include "test.h"

void test_run(void)
{
    volatile uint32_t *secret = (volatile uint32_t *)0xF8100000;
    uint32_t value;

    value = *secret;
    print("hypervisor-read: read %x\n", value);
    test_failure("the hypervisor's memory answered");
}
