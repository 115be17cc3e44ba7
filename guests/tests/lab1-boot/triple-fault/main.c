/* Damages the gates of #UD, #GP, #NP and #DF in a valid IDT, then executes ud2: the processor would shut down. This
   guest, and it alone, must end, with its registers in the reason. */
/* expect: crashed: triple fault */
/* native: no */
#include "test.h"

void test_run(void)
{
    trap_gates[VECTOR_OPCODE] = 0;
    trap_gates[VECTOR_DOUBLE_FAULT] = 0;
    trap_gates[VECTOR_NOT_PRESENT] = 0;
    trap_gates[VECTOR_PROTECTION] = 0;
    __asm__ volatile("ud2");
    test_failure("ud2 was passed over");
}
