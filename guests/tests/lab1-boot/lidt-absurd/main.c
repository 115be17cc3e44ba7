/* Points IDTR at the hypervisor's memory and raises an exception. Nothing may be read there for the guest, which must
   end. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

void test_run(void)
{
    struct table_pointer absurd = { 0x7FF, 0xF8100000 };

    cpu_lidt(&absurd);
    __asm__ volatile("ud2");
    test_failure("ud2 was passed over");
}
