/* The FPU belongs to this kernel: what it holds survives hypercalls and other domains; after fpu_taskswitch the first
   use is #NM, which ends it, as do clts and another call (the hypervisor clears TS when it bounces #NM: a kernel whose
   handler does nothing must get on, abi.md 2.6). */
/* expect: success */
#include "test.h"

static const double left = 6.0, right = 9.0;
static int32_t sum;

/* Any FPU instruction does; this one needs no operand. */
OPERATION(use, "fnop")
OPERATION(use_and_clear, "clts; fnop")

/* Loaded before and added after other domains had their turn. */
static void state_check(void)
{
    __asm__ volatile("fninit; fldl %0; fldl %1" : : "m"(left), "m"(right));
    for (unsigned i = 0; i < 100; i++)
        hypercall_sched_op(SCHED_YIELD, NULL);
    __asm__ volatile("faddp; fistpl %0" : "=m"(sum));
    test_equal("sum of what the FPU's registers held", (uint32_t)sum, 15);
}

/* TS is the kernel's own lazy switching, on top of the hypervisor's. */
static void switch_check(void)
{
    test_equal("CR0.TS at first", cr0_read() & CR0_TS, 0);
    test_result("fpu_taskswitch(1)", hypercall_fpu_taskswitch(1), 0);
    test_equal("CR0.TS", cr0_read() & CR0_TS, CR0_TS);
    test_expect("use", use, VECTOR_NO_FPU, 0);
    test_equal("CR0.TS after #NM", cr0_read() & CR0_TS, 0);
    test_expect_quiet("use again", use);
    test_result("fpu_taskswitch(1), then clts", hypercall_fpu_taskswitch(1), 0);
    test_expect_quiet("use after clts", use_and_clear);
    test_equal("CR0.TS after clts", cr0_read() & CR0_TS, 0);
    test_result("fpu_taskswitch(1) again", hypercall_fpu_taskswitch(1), 0);
    test_expect("use after fpu_taskswitch(1)", use, VECTOR_NO_FPU, 0);
    test_result("fpu_taskswitch(0)", hypercall_fpu_taskswitch(0), 0);
    test_expect_quiet("use after fpu_taskswitch(0)", use);
}

/* TS by CR0, the one bit of it a kernel may change. */
static void control_check(void)
{
    cr0_write(cr0_read() | CR0_TS);
    test_expect("use after mov cr0", use, VECTOR_NO_FPU, 0);
    cr0_write(cr0_read() | CR0_TS);
    hypercall_sched_op(SCHED_YIELD, NULL);
    test_expect("use after a yield", use, VECTOR_NO_FPU, 0);
    cr0_write(cr0_read() | CR0_TS);
    cr0_write(cr0_read() & ~CR0_TS);
    test_expect_quiet("use after mov cr0 back", use);
}

void test_run(void)
{
    test_expect_quiet("use at the start", use);
    state_check();
    switch_check();
    control_check();
    state_check();
    test_success();
}
