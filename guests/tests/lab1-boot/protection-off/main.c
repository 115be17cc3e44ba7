/* Clears CR0.PE. Real mode is not virtualized: the guest must end with that reason. */
/* expect: crashed: unpaged protected mode */
/* native: no */
#include "test.h"

void test_run(void)
{
    cr0_write(cr0_read() & ~CR0_PE);
    test_failure("protection was turned off");
}
