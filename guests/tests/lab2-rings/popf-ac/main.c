/* AC, set by popf: alignment is checked in ring 3 only (and only if CR0.AM says so), so neither kernel nor hypervisor
   notices, whatever addresses calls are given. */
/* expect: success */
#include "test.h"

static char buffer[2 * XENVER_CAPABILITIES_SIZE];

/* An access that is not aligned, in each ring. */
OPERATION(fault, "ud2")
OPERATION(crooked, "mov 1(%%esp), %%eax")
USER_OPERATION(program_crooked, "pushf; orl $0x40000, (%%esp); popf; mov 1(%%esp), %%eax; ud2")

void test_run(void)
{
    struct trap_record record = { .cr2 = 0 };

    eflags_write(eflags_read() | EFLAGS_AC);
    for (uint32_t offset = 0; offset < 8; offset++)
        test_result("call", hypercall_xen_version(XENVER_CAPABILITIES, buffer + offset), 0);
    test_check(eflags_read() & EFLAGS_AC, "AC after calls");
    test_expect_quiet("crooked access", crooked);
    test_expect("fault", fault, VECTOR_OPCODE, 0);
    eflags_write(eflags_read() & ~EFLAGS_AC);
    test_check(trap_happens(program_crooked, &record), "ring 3 came back");
    test_check(record.frame.vector == VECTOR_ALIGNMENT || record.frame.vector == VECTOR_OPCODE, "neither #AC nor on");
    test_success();
}
