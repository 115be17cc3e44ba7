/* rep outsb with a count of two million: the timer must be able to interrupt it half-way, with EIP at the instruction
   and the registers telling how far it is, and it must go on to its end from there. */
/* expect: success */
/* native: yes */
#include "test.h"

#define COUNT 2000000u

extern const char outs_site[];
static volatile uint32_t interruptions;

static struct trap_frame *tick(struct trap_frame *frame)
{
    if (frame->eip == (uint32_t)outs_site && frame->ecx != 0 && frame->ecx != COUNT && frame->esi + frame->ecx == COUNT)
        interruptions = interruptions + 1;
    pic_end(IRQ_TIMER);
    return frame;
}

void test_run(void)
{
    uint32_t source = 0;
    uint32_t count = COUNT;

    test_start_timer(100);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, tick);
    cpu_sti();
    __asm__ volatile(".global outs_site\n"
                     "outs_site: rep outsb" : "+S"(source), "+c"(count) : "d"(PORT_NOBODY) : "memory");
    cpu_cli();
    test_check(count == 0 && source == COUNT, "the registers are wrong at the end");
    test_check(interruptions > 0, "no interrupt came in between");
    test_success();
}
