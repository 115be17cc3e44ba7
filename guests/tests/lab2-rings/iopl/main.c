/* physdev_op set_iopl: from virtual IOPL 1 the kernel may use ports (which nobody owns: reads are all ones), from 3 its
   programs may, too; cli and sti then do nothing, not even to the mask. */
/* expect: success */
#include "test.h"

#define PORT "0x80"     /* where no device is: writes are harmless on any PC */

OPERATION(kernel_out, "xor %%eax, %%eax; out %%al, $" PORT)
OPERATION(kernel_in, "in $" PORT ", %%al")
OPERATION(kernel_cli, "cli")
OPERATION(kernel_sti, "sti")
OPERATION(fault, "ud2")
USER_OPERATION(user_out, "out %%al, $" PORT)
USER_OPERATION(user_cli, "cli")

/* Virtual: EFLAGS.IOPL stays 0, or popf could turn interrupts off for real. */
static void iopl_set(uint32_t iopl)
{
    struct physdev_set_iopl request = { .iopl = iopl };

    test_result("set_iopl", hypercall_physdev_op(PHYSDEV_SET_IOPL, &request), 0);
}

/* The same operation, either done or #GP(0). */
static void closed_check(const char *name, void (*operation)(void), bool open)
{
    if (open)
        test_expect_quiet(name, operation);
    else
        test_expect(name, operation, VECTOR_PROTECTION, 0);
}

/* Ring 1 is let in from 1 on. 2 is a level for a ring that nobody uses. */
static void level_check(uint32_t iopl)
{
    iopl_set(iopl);
    closed_check("out in ring 1", kernel_out, iopl >= 1);
    closed_check("in in ring 1", kernel_in, iopl >= 1);
    closed_check("cli in ring 1", kernel_cli, iopl >= 1);
    closed_check("sti in ring 1", kernel_sti, iopl >= 1);
    closed_check("out in ring 3", user_out, iopl == 3);
    closed_check("cli in ring 3", user_cli, iopl == 3);
}

/* sti must not turn events on behind the kernel's back. */
static void mask_check(void)
{
    events_set_mask(true);
    test_expect_quiet("sti", kernel_sti);
    test_equal("mask after sti", test_expect("fault", fault, VECTOR_OPCODE, 0).frame.saved_mask, 1);
    test_equal("real IOPL", eflags_read() & EFLAGS_IOPL, 0);
}

void test_run(void)
{
    struct physdev_set_iopl request = { .iopl = 4 };

    for (uint32_t iopl = 0; iopl <= 3; iopl++)
        level_check(iopl);
    mask_check();
    level_check(0);
    test_result("IOPL 4", hypercall_physdev_op(PHYSDEV_SET_IOPL, &request), -EINVAL);
    test_result("IOPL from nowhere", hypercall_physdev_op(PHYSDEV_SET_IOPL, (void *)ADDRESS_UNMAPPED), -EFAULT);
    test_check(hypercall_physdev_op(9999, &request) < 0, "command 9999");
    test_success();
}
