/* sysenter, sysexit, syscall and sysret, from both rings: they are not ways into anything. */
/* expect: success */
#include "test.h"

OPERATION(enter, "xor %%ecx, %%ecx; xor %%edx, %%edx; sysenter")
OPERATION(leave, "xor %%ecx, %%ecx; xor %%edx, %%edx; sysexit")
OPERATION(call, "xor %%ecx, %%ecx; syscall")
OPERATION(back, "xor %%ecx, %%ecx; sysret")
USER_OPERATION(program_enter, "xor %%ecx, %%ecx; xor %%edx, %%edx; sysenter")
USER_OPERATION(program_leave, "xor %%ecx, %%ecx; xor %%edx, %%edx; sysexit")
USER_OPERATION(program_call, "xor %%ecx, %%ecx; syscall")
USER_OPERATION(program_back, "xor %%ecx, %%ecx; sysret")

/* Which of the two depends on what the processor knows. */
static void stopped(const char *name, void (*operation)(void))
{
    struct trap_record record = { .cr2 = 0 };

    test_check(trap_happens(operation, &record), name);
    test_check(record.frame.vector == VECTOR_OPCODE ||
               (record.frame.vector == VECTOR_PROTECTION && record.frame.error == 0), name);
}

void test_run(void)
{
    stopped("sysenter", enter);
    stopped("sysexit", leave);
    stopped("syscall", call);
    stopped("sysret", back);
    stopped("ring 3, sysenter", program_enter);
    stopped("ring 3, sysexit", program_leave);
    stopped("ring 3, syscall", program_call);
    stopped("ring 3, sysret", program_back);
    test_success();
}
