/* A trap table entry without a code segment is no handler: the exception it was for ends the domain. */
/* expect: crashed: without a handler */
#include "test.h"

void test_run(void)
{
    struct trap_info list[2] = { { .vector = VECTOR_OPCODE, .cs = 0, .address = 0x100000 } };

    test_result("entry", hypercall_set_trap_table(list), 0);
    __asm__ volatile("ud2");
    test_failure("went on behind ud2");
}
