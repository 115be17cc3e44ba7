/* sched_op: yield comes back; shutdown with a structure that cannot be read does not end anything; others are
   refused. */
/* expect: success */
#include "test.h"

void test_run(void)
{
    struct sched_poll poll = { .nr_ports = 129 };
    int32_t result;

    for (unsigned i = 0; i < 1000; i++)
        test_result("yield", hypercall_sched_op(SCHED_YIELD, NULL), 0);
    test_result("shutdown from nowhere", hypercall_sched_op(SCHED_SHUTDOWN, (void *)ADDRESS_UNMAPPED), -EFAULT);
    test_result("shutdown from the hole", hypercall_sched_op(SCHED_SHUTDOWN, (void *)ADDRESS_HOLE), -EFAULT);
    result = hypercall_sched_op(SCHED_POLL, &poll);
    test_check(result == -EINVAL || result == -ENOSYS, "poll of 129 ports");
    test_check(hypercall_sched_op(SCHED_REMOTE_SHUTDOWN, NULL) < 0, "the end of another domain");
    test_result("command 99", hypercall_sched_op(99, NULL), -ENOSYS);
    test_result("command 2^32 - 1", hypercall_sched_op(0xFFFFFFFF, NULL), -ENOSYS);
    test_success();
}
