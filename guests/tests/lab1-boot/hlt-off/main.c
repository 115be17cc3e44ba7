/* Halts with interrupts off: nothing can wake it, so the guest has ended, by itself and well. */
/* expect: success */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("cli; hlt");
    test_failure("hlt with interrupts off came back");
}
