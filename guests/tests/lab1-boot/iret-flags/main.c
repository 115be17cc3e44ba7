/* Returns with IOPL 3, with all defined flags except TF, VM and NT, and with reserved bits. The guest may believe its
   IOPL is 3, but the real one must stay 0: afterwards its port accesses and its cli must still be the virtual
   machine's. */
/* expect: success */
/* native: yes */
#include "test.h"

static void return_with(uint32_t eflags)
{
    __asm__ volatile("pushl %0; pushl %1; pushl $1f; iret\n"
                     "1: cld" : : "r"(eflags), "i"(SELECTOR_KERNEL_CODE) : "memory", "cc");
}

void test_run(void)
{
    test_start_timer(100);
    return_with(EFLAGS_FIXED | EFLAGS_IOPL);
    test_check(port_read8(PORT_NOBODY) == 0xFF, "a port answers after iret with IOPL 3");
    cpu_cli();
    test_wait_ticks(1);
    return_with(0x003C8ED7);            /* ID VIP VIF AC, IOPL 0, and the arithmetic flags with DF */
    return_with(0xFFF88CD5);            /* what is reserved must be ignored */
    test_wait_ticks(1);
    return_with(EFLAGS_FIXED);
    test_success();
}
