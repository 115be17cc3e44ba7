/* The iret hypercall with a stack from which no frame can be read. */
/* expect: crashed: iret: no frame */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0xF57FFFF8, %esp; mov $23, %eax; int $0x82");
    test_failure("came back with a frame from nowhere");
}
