/* With an interrupt pending, pushf and popf directly after sti: whoever single-steps that one instruction to let the
   interrupt in behind it must neither show its TF in the pushed flags nor take away a TF that popf has just set. */
/* expect: success */
/* native: yes */
#include "test.h"

static unsigned steps;

static struct trap_frame *stepped(struct trap_frame *frame)
{
    steps++;
    frame->eflags &= ~EFLAGS_TF;
    return frame;
}

static void wait_for_pending(void)
{
    while ((pic_requested() & 1u << IRQ_TIMER) == 0)
        continue;
}

void test_run(void)
{
    uint32_t flags;

    trap_set_handler(VECTOR_DEBUG, stepped);
    test_start_timer(1000);
    for (unsigned i = 0; i < 50; i++) {
        wait_for_pending();
        __asm__ volatile("sti; pushf; cli; pop %0" : "=r"(flags) : : "memory");
        test_check((flags & EFLAGS_TF) == 0, "pushf behind sti pushed TF");
        wait_for_pending();
        __asm__ volatile("pushf; orl $0x300, (%%esp); sti; popf; nop; cli" : : : "memory", "cc");
        test_check(steps == i + 1, "popf behind sti did not set TF");
    }
    test_success();
}
