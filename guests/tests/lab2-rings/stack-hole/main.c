/* A fault while ESP points into the hypervisor: the bounce frame must not be written there. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0xF8101000, %esp; ud2");
    test_failure("the frame was written somewhere");
}
