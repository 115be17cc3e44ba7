/* VM, IOPL, VIF and VIP, asked for by popf, and IOPL by the iret instruction: none of them is ring 1's to set. (VM
   by that instruction: iret-vm.) */
/* expect: success */
#include "test.h"

#define ASKED   (EFLAGS_VM | EFLAGS_IOPL | 0x00180000u)

/* Whether a flag came into force shows in EFLAGS, and IOPL in what cli does. */
OPERATION(closed, "cli")
OPERATION(return_with, "pushf; orl $0x3000, (%%esp); push %%cs; push $1f; iret\n1:")
USER_OPERATION(program_return_with, "pushf; orl $0x3000, (%%esp); push %%cs; push $1f; iret\n1: ud2")

void test_run(void)
{
    struct trap_record record;

    eflags_write(eflags_read() | ASKED);
    test_equal("after popf", eflags_read() & ASKED, 0);
    test_expect("cli after popf", closed, VECTOR_PROTECTION, 0);
    test_expect_quiet("iret", return_with);
    test_equal("after iret", eflags_read() & ASKED, 0);
    test_expect("cli after iret", closed, VECTOR_PROTECTION, 0);
    eflags_write((eflags_read() | ASKED) & ~EFLAGS_IF);
    test_equal("IF after popf", eflags_read() & EFLAGS_IF, EFLAGS_IF);
    record = test_expect("ring 3, iret", program_return_with, VECTOR_OPCODE, 0);
    test_equal("ring 3, after iret", record.frame.eflags & ASKED, 0);
    test_success();
}
