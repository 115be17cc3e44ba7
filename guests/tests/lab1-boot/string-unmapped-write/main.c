/* rep insb that starts in the guest's last word of memory and goes on above it. The guest must end. */
/* expect: crashed: outside its */
/* native: no */
#include "options.h"
#include "test.h"

void test_run(void)
{
    uint32_t last = 0x100000 + memory_upper_kib() * 1024 - 4;

    __asm__ volatile("rep insb" : : "D"(last), "c"(64), "d"(PORT_NOBODY) : "memory");
    test_failure("ins wrote beyond the guest's memory");
}
