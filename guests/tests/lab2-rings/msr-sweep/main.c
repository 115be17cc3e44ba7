/* rdmsr of every number in four ranges: each answers or is #GP(0), and the hypervisor neither stumbles nor fills the
   log. */
/* expect: success */
#include "test.h"

static volatile uint32_t number __attribute__((used));

OPERATION(read, "mov number, %%ecx; rdmsr")

/* How many answer is policy; that nothing else happens is the point. */
static uint32_t sweep(uint32_t first, uint32_t count)
{
    uint32_t answers = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct trap_record record = { .cr2 = 0 };

        number = first + i;
        if (!trap_happens(read, &record))
            answers++;
        else if (record.frame.vector != VECTOR_PROTECTION || record.frame.error != 0)
            test_failure("neither an answer nor #GP(0)");
    }
    return answers;
}

void test_run(void)
{
    print("msr-sweep: %u answers\n", sweep(0, 0x2000) + sweep(0x40000000, 0x100) + sweep(0xC0000000, 0x2000) +
                                         sweep(0xFFFFFF00, 0x100));
    test_success();
}
