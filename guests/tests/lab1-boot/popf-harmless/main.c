/* Pops flags that would turn interrupts off, raise IOPL to 3 or both. De-privileged, popf silently leaves them alone:
   interrupts, virtual and real, must stay as they were, ports must still be virtual, and neighbours must run on. */
/* expect: success */
/* native: no */
#include "test.h"

static void flags_pop(uint32_t eflags)
{
    __asm__ volatile("push %0; popf; cld" : : "r"(eflags) : "memory", "cc");
}

void test_run(void)
{
    test_start_timer(1000);
    cpu_sti();
    flags_pop(EFLAGS_FIXED);
    for (uint32_t start = test_ticks; test_ticks - start < 10;)
        continue;
    flags_pop(EFLAGS_FIXED | EFLAGS_IOPL);
    test_check(port_read8(PORT_NOBODY) == 0xFF, "a port answers after popf with IOPL 3");
    cpu_cli();
    flags_pop(EFLAGS_FIXED | EFLAGS_IOPL | EFLAGS_IF);
    test_check(port_read8(PORT_NOBODY) == 0xFF, "a port answers after popf with IOPL 3");
    test_success();
}
