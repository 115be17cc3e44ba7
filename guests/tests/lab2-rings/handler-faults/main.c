/* A page-fault handler that is not mapped: each fault's handler faults, and the stack is used up by frames, down to the
   lowest address. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

void test_run(void)
{
    struct trap_info list[2] = {
        { .vector = VECTOR_PAGE, .cs = SELECTOR_RING1_CODE, .address = ADDRESS_UNMAPPED }, { .address = 0 },
    };

    test_result("entry", hypercall_set_trap_table(list), 0);
    __asm__ volatile("mov $0x8000, %%esp; mov %0, %%eax" : : "m"(*(volatile uint32_t *)ADDRESS_UNMAPPED));
    test_failure("went on behind the fault");
}
