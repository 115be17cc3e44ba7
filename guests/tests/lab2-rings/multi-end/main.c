/* A list of calls with the domain's end in it. Those behind must not be made: nobody is there to make them. */
/* expect: success */
#include "test.h"

static struct multicall_entry list[4];
static struct sched_shutdown off = { .reason = SHUTDOWN_POWEROFF }, crash = { .reason = SHUTDOWN_CRASH };

void test_run(void)
{
    static const char late[] = "multi-end: a call behind the end was made\n";

    list[0] = (struct multicall_entry){ .op = HYPERCALL_SCHED_OP, .args = { SCHED_SHUTDOWN, (uint32_t)&off } };
    list[1] = (struct multicall_entry){ .op = HYPERCALL_CONSOLE_IO,
                                        .args = { CONSOLE_WRITE, sizeof(late) - 1, (uint32_t)late } };
    list[2] = (struct multicall_entry){ .op = HYPERCALL_SCHED_OP, .args = { SCHED_SHUTDOWN, (uint32_t)&crash } };
    list[3] = (struct multicall_entry){ .op = HYPERCALL_SET_GDT };
    print("Test result: SUCCESS\n");
    hypercall_multicall(list, 4);
    test_failure("came back from the end");
}
