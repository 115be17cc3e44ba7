/* A fault while ESP is just above the last address of the guest: part of the frame would be the hypervisor's. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0xF5800004, %esp; ud2");
    test_failure("the frame was written somewhere");
}
