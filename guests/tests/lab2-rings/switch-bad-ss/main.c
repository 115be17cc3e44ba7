/* Names ring 0's data segment as the stack for traps from ring 3, and lets the processor itself find out: int 0x80
   by the fast gate. Whether gate or bounce, it is the kernel's end and nobody else's. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

/* The gate makes the processor load SS1 from the TSS by itself: #TS, with a program's CS. */
USER_CODE static uint32_t call(uint32_t argument)
{
    __asm__ volatile("int $0x80" : "+a"(argument) : : "memory", "cc");
    return argument;
}

void test_run(void)
{
    struct trap_info list[2] = { trap_entry_of(0x80, 3), { .address = 0 } };

    test_result("gate", hypercall_set_trap_table(list), 0);
    hypercall_stack_switch(0xE011, (uint32_t)trap_stack_top);
    user_run(call, 0);
    test_failure("a trap arrived on ring 0's segment");
}
