/* Lets the timer interrupt its own handler, four deep: each handler ends its interrupt, turns interrupts on and waits
   for the next. All of them must be unwound, in order, by iret. */
/* expect: success */
/* native: yes */
#include "test.h"

#define DEEP 4

static volatile uint32_t depth;
static volatile uint32_t deepest;
static volatile uint32_t unwound;

static struct trap_frame *tick(struct trap_frame *frame)
{
    uint32_t mine = ++depth;

    pic_end(IRQ_TIMER);
    if (mine > deepest)
        deepest = mine;
    while (deepest < DEEP)
        cpu_wait_for_interrupt();
    cpu_cli();
    test_check(depth == mine, "handlers did not return in order");
    depth = mine - 1;
    unwound = unwound + 1;
    return frame;
}

void test_run(void)
{
    test_start_timer(200);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, tick);
    while (unwound < DEEP)
        cpu_wait_for_interrupt();
    cpu_cli();
    test_check(deepest >= DEEP && depth == 0, "the handlers were not nested as deep as they should");
    test_success();
}
