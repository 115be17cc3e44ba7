/* Every bit of EFLAGS in iret frames for both rings: VM and IOPL never come into force, NT and the rest harm nobody. */
/* expect: success */
#include "test.h"

static volatile uint32_t wanted __attribute__((used)), found __attribute__((used));

OPERATION(within, "push wanted; push $0xE019; push $1f; push $0; mov $23, %%eax; int $0x82; ud2\n"
                  "1: pushf; pop found; push $2; popf")

/* Flags go back to plain ones at once: NT would spoil the next iret, AC the next access. */
USER_CODE static uint32_t read_flags(uint32_t argument)
{
    __asm__ volatile("pushf; pop %0; push $2; popf" : "=r"(argument) : : "memory", "cc");
    return argument;
}

/* What may stay: arithmetic, DF, NT, AC, ID. */
#define FREE    (0x8D5u | EFLAGS_DF | EFLAGS_NT | EFLAGS_AC | EFLAGS_ID)
#define NEVER   (EFLAGS_VM | EFLAGS_IOPL)

/* IF is the mask's business: see iret-mask. */
static void flags_check(const char *name, uint32_t flags)
{
    wanted = flags;
    test_expect_quiet(name, within);
    test_equal("ring 1: VM and IOPL", found & NEVER, 0);
    test_equal("ring 1: the others", found & FREE, flags & FREE);
    found = user_run_flags(read_flags, 0, flags);
    test_equal("ring 3: VM and IOPL", found & NEVER, 0);
    test_equal("ring 3: the others", found & FREE, flags & FREE);
}

/* Not reached: the step ends in user_begin. */
static USER_CODE uint32_t step(uint32_t argument)
{
    __asm__ volatile("nop; nop");
    return argument;
}

static void step_operation(void)
{
    user_run_flags(step, 0, EFLAGS_FIXED | EFLAGS_TF);
}

void test_run(void)
{
    struct trap_record record;

    for (unsigned bit = 0; bit < 32; bit++)
        if (1u << bit != EFLAGS_TF)
            flags_check("one bit", 1u << bit);
    flags_check("all bits", ~EFLAGS_TF);
    flags_check("none", 0);
    record = test_expect("TF", step_operation, VECTOR_DEBUG, 0);
    test_check(record.frame.eip > (uint32_t)user_begin && record.frame.eip < (uint32_t)user_begin + 4, "TF: where");
    test_success();
}
