/* Debug registers by hypercall and by mov: what was accepted reads back, what could watch the hypervisor is refused,
   and a breakpoint arrives as #DB with its bit in DR6. */
/* expect: success */
#include "test.h"

#define DR7_FIXED       0x400u
#define DR7_WRITE_0     0x000D0001u     /* breakpoint 0 on writes of 4 bytes, local */
#define DR7_EXECUTE_0   0x00000001u
#define DR7_IO_0        0x00020001u
#define DR7_GD          0x00002000u
#define DR6_FIXED       0xFFFF0FF0u

static volatile uint32_t watched __attribute__((used));

OPERATION(store, "movl $1, watched; nop")
OPERATION(write_dr0_hole, "mov $0xF8100000, %%eax; mov %%eax, %%dr0")
OPERATION(write_dr7_gd, "mov $0x2000, %%eax; mov %%eax, %%dr7")
OPERATION(write_dr0, "mov $0x1234, %%eax; mov %%eax, %%dr0")
USER_OPERATION(program_read, "mov %%dr0, %%eax")
USER_OPERATION(program_write, "mov %%eax, %%dr7")

/* Addresses: anything of the guest is accepted, nothing from HYPERVISOR_VIRT_START on (abi.md 2.9). */
static void calls_check(void)
{
    for (uint32_t number = 0; number < 4; number++) {
        test_result("set address", hypercall_set_debugreg(number, 0x1000 * number + 5), 0);
        test_equal("get address", (uint32_t)hypercall_get_debugreg(number), 0x1000 * number + 5);
    }
    test_result("address of the hypervisor", hypercall_set_debugreg(0, ADDRESS_HOLE), -EPERM);
    test_equal("address after a refusal", (uint32_t)hypercall_get_debugreg(0), 5);
    test_check(hypercall_set_debugreg(8, 0) < 0, "register 8");
    test_check(hypercall_get_debugreg(8) == -EINVAL, "register 8 has a value");
    test_check(hypercall_set_debugreg(0xFFFFFFFF, 0) < 0, "register 2^32 - 1");
}

/* GD would make the next mov from a debug register, the hypervisor's own, a trap. */
static void control_check(void)
{
    test_result("DR7 with GD", hypercall_set_debugreg(7, DR7_GD), -EPERM);
    test_result("DR7 with I/O, CR4.DE clear", hypercall_set_debugreg(7, DR7_IO_0), -EPERM);
    test_result("execution with a length", hypercall_set_debugreg(7, 0x000C0001), -EPERM);
    test_equal("DR7 after refusals", (uint32_t)hypercall_get_debugreg(7), DR7_FIXED);
    test_result("DR7", hypercall_set_debugreg(7, DR7_WRITE_0), 0);
    test_equal("DR7 reads back", (uint32_t)hypercall_get_debugreg(7), DR7_WRITE_0 | DR7_FIXED);
    test_result("DR7 off", hypercall_set_debugreg(7, 0), 0);
}

/* The instruction and the call are two ways to the same registers. */
static void moves_check(void)
{
    dr0_write(0x4321);
    test_equal("DR0 by mov", dr0_read(), 0x4321);
    test_equal("DR0 by call", (uint32_t)hypercall_get_debugreg(0), 0x4321);
    test_equal("DR7 by mov", dr7_read(), DR7_FIXED);
    test_expect("mov of a hypervisor's address", write_dr0_hole, VECTOR_PROTECTION, 0);
    test_expect("mov of GD", write_dr7_gd, VECTOR_PROTECTION, 0);
    test_expect("ring 3 reads", program_read, VECTOR_PROTECTION, 0);
    test_expect("ring 3 writes", program_write, VECTOR_PROTECTION, 0);
    test_expect_quiet("mov of an address", write_dr0);
}

/* Data breakpoints are traps: the store is done. A hypercall between arming and store must not lose them. */
static void breakpoint_check(void)
{
    dr6_write(DR6_FIXED);
    test_result("address", hypercall_set_debugreg(0, (uint32_t)&watched), 0);
    test_result("arm", hypercall_set_debugreg(7, DR7_WRITE_0), 0);
    hypercall_sched_op(SCHED_YIELD, NULL);
    test_expect("watched store", store, VECTOR_DEBUG, 0);
    test_equal("what was stored", watched, 1);
    test_equal("DR6", dr6_read() & 0xF, 1);
    dr6_write(DR6_FIXED);
    test_equal("DR6 cleared", dr6_read(), DR6_FIXED);
    dr0_write((uint32_t)store);
    dr7_write(DR7_EXECUTE_0);
    test_expect("watched instruction", store, VECTOR_DEBUG, 0);
    dr7_write(0);
    test_expect_quiet("no more", store);
}

void test_run(void)
{
    calls_check();
    control_check();
    moves_check();
    breakpoint_check();
    test_success();
}
