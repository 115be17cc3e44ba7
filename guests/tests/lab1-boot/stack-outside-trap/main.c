/* Raises an exception while its stack pointer is in the hypervisor's memory: the frame would be written there, by the
   hypervisor itself. It must write nothing and end the guest. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0xF8200000, %esp; int3");
    guest_exit(EXIT_FAILURE);
}
