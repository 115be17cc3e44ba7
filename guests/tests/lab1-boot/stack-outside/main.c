/* Pushes with a stack pointer in the hypervisor's memory. The guest must end. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("mov $0xF8200000, %esp; push %eax");
    guest_exit(EXIT_FAILURE);
}
