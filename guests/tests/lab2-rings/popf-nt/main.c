/* NT, set by popf: it must not reach the hypervisor's own iret, which would switch tasks. An iret of ours with NT
   set is our fault, #TS, since there is no task to go back to. */
/* expect: success */
#include "test.h"

#define VECTOR_TASK 10

/* Each sets or keeps NT, then enters the hypervisor in its own way. */
OPERATION(fault, "ud2")
USER_OPERATION(program_fault, "pushf; orl $0x4000, (%%esp); popf; ud2")
OPERATION(hardware_iret, "pushf; push %%cs; push $1f; pushf; orl $0x4000, (%%esp); popf; iret\n1:")

/* popf takes NT at any privilege (SDM vol. 2, POPF). */
static void nested(void)
{
    eflags_write(eflags_read() | EFLAGS_NT);
}

void test_run(void)
{
    struct trap_record record;

    nested();
    for (unsigned i = 0; i < 1000; i++)
        test_result("call with NT", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
    test_check(eflags_read() & EFLAGS_NT, "NT after calls");
    hypercall_sched_op(SCHED_YIELD, NULL);
    test_check(eflags_read() & EFLAGS_NT, "NT after a yield");
    record = test_expect("fault with NT", fault, VECTOR_OPCODE, 0);
    test_check(record.frame.eflags & EFLAGS_NT, "NT in the frame of a fault");
    events_set_mask(true);      /* an iret hypercall with NT in its frame */
    eflags_write(eflags_read() & ~EFLAGS_NT);
    test_expect("ring 3, fault with NT", program_fault, VECTOR_OPCODE, 0);
    test_check(trap_happens(hardware_iret, &record), "iret with NT went somewhere");
    test_check(record.frame.vector == VECTOR_TASK || record.frame.vector == VECTOR_PROTECTION, "iret with NT");
    test_success();
}
