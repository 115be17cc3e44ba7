/* A fault while ESP is 8: the frame has three words, and the third would lie at the top of memory. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $8, %esp; ud2");
    test_failure("the frame was written somewhere");
}
