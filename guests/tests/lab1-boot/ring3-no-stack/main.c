/* Goes to ring 3 with a ring-0 stack in the TSS that lies in the hypervisor's memory, then makes a system call. The
   guest must end, and nothing may be written there. */
/* expect: crashed: outside its */
/* native: no */
#include "test.h"

static void user_code(void)
{
    task_state.esp0 = 0xF8200000;       /* user and kernel share the address space */
    ring3_leave(0);
}

void test_run(void)
{
    ring3_run(user_code);
    test_failure("a system call without a stack came back");
}
