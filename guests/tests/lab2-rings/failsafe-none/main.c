/* An iret frame that cannot be loaded, and no failsafe callback to tell about it. */
/* expect: crashed: cannot return */
#include "test.h"

void test_run(void)
{
    failsafe_catch(false);
    __asm__ volatile("push $0xE033; push $0x1000; push $2; push $0xE00B; push $0; push $0; mov $23, %eax; int $0x82");
    test_failure("came back from ring 0's segment");
}
