/* rep outsb from the hypervisor's memory to the serial line: an emulator that reads for the guest would print its own
   memory. The guest must end, with nothing printed. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("rep outsb" : : "S"(0xF8100000), "c"(16), "d"(PORT_UART));
    test_failure("outs read beyond the guest's memory");
}
