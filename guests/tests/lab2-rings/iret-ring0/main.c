/* An iret frame with ring 0's code segment. */
/* expect: crashed: iret: to ring 0 */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("push $0x3002; push $0xE008; push $0xF8100000; push $0; mov $23, %eax; int $0x82");
    test_failure("came back from ring 0");
}
