/* Single steps over instructions the hypervisor does for the kernel: the step's #DB comes after each of them, with EIP
   behind it and BS in DR6, just as after one the processor does (abi.md 1.10). */
/* expect: success */
#include "test.h"

static volatile uint32_t steps;
static uint32_t places[8];

/* cpuid destroys EBX, which C wants back. */
OPERATION(stepped,
    "push %%ebx; pushf; orl $0x100, (%%esp); popf\n"
    "nop; .global step_0\n"
    "step_0: mov %%cr0, %%eax; .global step_1\n"
    "step_1: xor %%eax, %%eax; ud2; .ascii \"xen\"; cpuid; .global step_2\n"
    "step_2: nop; pushf; andl $~0x100, (%%esp); popf; pop %%ebx")

extern const char step_0[], step_1[], step_2[];

/* Only as many as there is room for; the count goes on. */
static struct trap_frame *note(struct trap_frame *frame)
{
    if (steps < sizeof(places) / sizeof(places[0]))
        places[steps] = frame->eip;
    steps++;
    test_check(dr6_read() & 0x4000, "BS is clear in DR6");
    return frame;       /* TF is in its EFLAGS: the next step follows */
}

void test_run(void)
{
    trap_set_handler(VECTOR_DEBUG, note);
    test_expect_quiet("steps", stepped);
    test_equal("first", places[0], (uint32_t)step_0);
    test_equal("after mov cr0", places[1], (uint32_t)step_1);
    test_equal("after forced cpuid", places[3], (uint32_t)step_2);
    test_equal("steps", steps, 8);
    test_success();
}
