/* Sets TF and executes instructions that must be emulated among others that need not be: the debug exception must
   come after each of them, once, with EIP at the next one. */
/* expect: success */
/* native: yes */
#include "test.h"

#define STEPS 6

extern const char step_sites[];
static uint32_t steps[STEPS + 4];
static unsigned step_count;

static struct trap_frame *stepped(struct trap_frame *frame)
{
    if (step_count < sizeof(steps) / sizeof(steps[0]))
        steps[step_count++] = frame->eip - (uint32_t)step_sites;
    if (step_count >= STEPS)
        frame->eflags &= ~EFLAGS_TF;
    return frame;
}

void test_run(void)
{
    static const uint32_t expected[STEPS] = { 1, 2, 4, 5, 8, 10 };

    trap_set_handler(VECTOR_DEBUG, stepped);
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf\n"
                     ".global step_sites\n"
                     "step_sites: nop\n"            /* +0 */
                     "cli\n"                        /* +1, emulated */
                     "inb $0x71, %%al\n"            /* +2, emulated */
                     "nop\n"                        /* +4 */
                     "mov %%cr0, %%eax\n"           /* +5, emulated */
                     "outb %%al, $0x80\n"           /* +8, emulated */
                     "nop; nop; nop" : : : "eax", "memory", "cc");
    test_check(step_count == STEPS, "the number of debug exceptions is wrong");
    for (unsigned i = 0; i < STEPS; i++) {
        print("single-step: step %u at +%u\n", i, steps[i]);
        test_check(steps[i] == expected[i], "a debug exception came at the wrong place");
    }
    test_success();
}
