/* vm_assist: known kinds are turned on and off, others refused; architectural IOPL shows in frames. */
/* expect: success */
#include "test.h"

OPERATION(fault, "ud2")

/* 31 and 32 are where a shift by the type would go wrong. */
static void kinds_check(void)
{
    for (uint32_t type = VM_ASSIST_4GB_SEGMENTS; type <= VM_ASSIST_WRITABLE_PAGETABLES; type++) {
        test_result("enable", hypercall_vm_assist(VM_ASSIST_ENABLE, type), 0);
        test_result("disable", hypercall_vm_assist(VM_ASSIST_DISABLE, type), 0);
        test_result("disable what is off", hypercall_vm_assist(VM_ASSIST_DISABLE, type), 0);
    }
    test_result("type 31", hypercall_vm_assist(VM_ASSIST_ENABLE, 31), -EINVAL);
    test_result("type 32", hypercall_vm_assist(VM_ASSIST_ENABLE, 32), -EINVAL);
    test_result("type 2^32 - 1", hypercall_vm_assist(VM_ASSIST_ENABLE, 0xFFFFFFFF), -EINVAL);
    test_result("command 2", hypercall_vm_assist(2, VM_ASSIST_4GB_SEGMENTS), -ENOSYS);
    test_result("command 2^32 - 1", hypercall_vm_assist(0xFFFFFFFF, VM_ASSIST_4GB_SEGMENTS), -ENOSYS);
}

/* In frames only: pushf shows the real one, which is 0. */
static uint32_t iopl_shown(void)
{
    return test_expect("fault", fault, VECTOR_OPCODE, 0).frame.eflags & EFLAGS_IOPL;
}

/* The virtual IOPL is there all the time; the assist is about showing it. */
static void iopl_check(void)
{
    struct physdev_set_iopl request = { .iopl = 1 };

    test_equal("IOPL at first", iopl_shown(), 0);
    if (hypercall_vm_assist(VM_ASSIST_ENABLE, VM_ASSIST_ARCHITECTURAL_IOPL) != 0)
        test_skip("no architectural IOPL");
    test_equal("IOPL with the assist, before any was set", iopl_shown(), 0);
    test_result("set_iopl", hypercall_physdev_op(PHYSDEV_SET_IOPL, &request), 0);
    test_equal("IOPL 1", iopl_shown(), 0x1000);
    test_result("assist off", hypercall_vm_assist(VM_ASSIST_DISABLE, VM_ASSIST_ARCHITECTURAL_IOPL), 0);
    test_equal("IOPL without the assist", iopl_shown(), 0);
}

void test_run(void)
{
    kinds_check();
    iopl_check();
    test_success();
}
