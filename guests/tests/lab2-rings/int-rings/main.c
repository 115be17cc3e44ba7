/* `int n` from rings 1 and 3: the DPL in the trap table decides, EIP goes on behind the instruction, and a refusal is
   #GP(n * 8 + 2) with EIP at it (abi.md 2.3). */
/* expect: success */
#include "test.h"

static volatile uint32_t arrived;       /* how often */

/* Returns as from any trap: by iret, to the frame's EIP. */
static struct trap_frame *count(struct trap_frame *frame)
{
    arrived++;
    return frame;
}

OPERATION(kernel_40, "int $0x40")       /* DPL = vector - 0x40 */
OPERATION(kernel_41, "int $0x41")
OPERATION(kernel_43, "int $0x43")
OPERATION(kernel_50, "int $0x50")       /* no handler */
OPERATION(kernel_80, "int $0x80")
OPERATION(kernel_14, "int $14")         /* an exception's number, DPL 0 */
OPERATION(kernel_2, "int $2")
USER_OPERATION(user_40, "int $0x40")
USER_OPERATION(user_41, "int $0x41")
USER_OPERATION(user_43, "int $0x43")
USER_OPERATION(user_80, "int $0x80")
USER_OPERATION(user_82, "int $0x82")    /* a program may not call the hypervisor */
USER_OPERATION(user_13, "int $13")
OPERATION(breakpoint, "int3")
OPERATION(overflow, "mov $0x7F, %%al; add $1, %%al; into")
USER_OPERATION(user_breakpoint, "int3")

/* One arrival, and the operation goes on to its end. */
static void passes(const char *name, void (*operation)(void))
{
    uint32_t before = arrived;

    test_expect_quiet(name, operation);     /* behind the instruction is its ret: with EIP at it, it would come again */
    test_equal(name, arrived, before + 1);
}

/* EIP must still be at the instruction, whose first byte is 0xCD. */
static void refused(const char *name, void (*operation)(void), uint32_t vector)
{
    struct trap_record record = test_expect(name, operation, VECTOR_PROTECTION, ERROR_SOFTWARE(vector));

    test_equal("byte at the EIP of a refusal", *(uint8_t *)record.frame.eip, 0xCD);
}

/* Ring 1 needs DPL 1 or more, and an exception's number is no exception to that. */
static void from_ring1(void)
{
    refused("ring 1, DPL 0", kernel_40, 0x40);
    passes("ring 1, DPL 1", kernel_41);
    passes("ring 1, DPL 3", kernel_43);
    refused("ring 1, no handler", kernel_50, 0x50);
    refused("ring 1, int 0x80 unset", kernel_80, 0x80);
    refused("ring 1, int 14", kernel_14, 14);
    refused("ring 1, int 2", kernel_2, 2);
}

/* A program that could raise #GP or call the hypervisor by int would forge the kernel's traps. */
static void from_ring3(void)
{
    refused("ring 3, DPL 0", user_40, 0x40);
    refused("ring 3, DPL 1", user_41, 0x41);
    passes("ring 3, DPL 3", user_43);
    refused("ring 3, int 0x80 unset", user_80, 0x80);
    refused("ring 3, int 0x82", user_82, 0x82);
    refused("ring 3, int 13", user_13, 13);
}

/* Their gates are open in the real IDT: no #GP comes first, and EIP is behind them already. */
static void short_forms(void)
{
    trap_set_handler(VECTOR_BREAKPOINT, count);
    trap_set_handler(VECTOR_OVERFLOW, count);
    passes("ring 1, int3", breakpoint);
    passes("ring 1, into", overflow);
    passes("ring 3, int3", user_breakpoint);
}

void test_run(void)
{
    for (unsigned dpl = 0; dpl <= 3; dpl++) {
        trap_set_handler(0x40 + dpl, count);
        trap_install(0x40 + dpl, (uint8_t)dpl);
    }
    from_ring1();
    from_ring3();
    short_forms();
    test_success();
}
