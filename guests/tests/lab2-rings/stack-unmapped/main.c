/* A fault while ESP points to nowhere. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0x40001000, %esp; ud2");
    test_failure("the frame was written somewhere");
}
