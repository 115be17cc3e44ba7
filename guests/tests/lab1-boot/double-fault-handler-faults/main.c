/* #DE finds no gate, the resulting #DF does, but its handler's code segment is absent: the third fault. The guest
   must end; the hypervisor must not try for ever. */
/* expect: crashed: triple fault */
/* native: no */
#include "test.h"

void test_run(void)
{
    trap_gates[VECTOR_DIVIDE] = 0;
    trap_gates[VECTOR_DOUBLE_FAULT] &= ~0xFFFF0000ull;
    trap_gates[VECTOR_DOUBLE_FAULT] |= (uint64_t)SELECTOR_ABSENT_CODE << 16;
    __asm__ volatile("divl %0" : : "r"(0), "a"(1), "d"(0));
    test_failure("the division by zero was passed over");
}
