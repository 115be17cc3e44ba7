/* Names the hypervisor's area as the stack for traps from ring 3; the next such trap is the kernel's end. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    hypercall_stack_switch(SELECTOR_RING1_DATA, 0xF8101000);
    user_run(user_read, ADDRESS_UNMAPPED);
    test_failure("the frame was written somewhere");
}
