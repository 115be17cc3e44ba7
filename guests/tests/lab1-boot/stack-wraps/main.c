/* Raises an exception with ESP = 4, so that the frame would wrap around to the top of the address space, where the
   hypervisor lives. The guest must end. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $4, %esp; int3");
    guest_exit(EXIT_FAILURE);
}
