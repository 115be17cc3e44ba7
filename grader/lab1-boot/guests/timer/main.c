/* Takes a few timer ticks while it computes a sum in registers, and leaves as evidence what its handler found on the
   stack at the first one: the frame must be the guest's own, with CS of ring 0 and IF set, and nothing that the
   interrupted loop had in its registers may have changed. */
#include "evidence.h"
#include "test.h"
#include "wire.h"

#define TICKS 3

extern const char loop_start[], loop_end[];

static uint32_t stack_waiting;

static struct trap_frame *tick(struct trap_frame *frame)
{
    if (test_ticks++ == 0) {
        evidence_put(TIMER_VECTOR, frame->vector);
        evidence_put(TIMER_EIP, frame->eip);
        evidence_put(TIMER_CS, frame->cs);
        evidence_put(TIMER_EFLAGS, frame->eflags);
        evidence_put(TIMER_STACK, stack_waiting - (uint32_t)&frame->eip);
    }
    pic_end(IRQ_TIMER);
    return frame;
}

/* Adds a * 5 + b over and over until `ticks` timer interrupts came; every register takes part. */
static uint32_t sum_while_waiting(uint32_t a, uint32_t b)
{
    uint32_t rounds = 0, sum = 0;

    __asm__ volatile("mov %%esp, %[stack]\n\t"
                     "sti\n"
                     "loop_start:\n\t"
                     "lea (%[a],%[a],4), %%edi\n\t"
                     "add %[b], %%edi\n\t"
                     "add %%edi, %[sum]\n\t"
                     "inc %[rounds]\n\t"
                     "cmpl %[ticks], test_ticks\n\t"
                     "jb loop_start\n"
                     "loop_end:\n\t"
                     "cli"
                     : [sum] "+r"(sum), [rounds] "+r"(rounds), [stack] "=m"(stack_waiting)
                     : [a] "r"(a), [b] "r"(b), [ticks] "i"(TICKS)
                     : "edi", "memory", "cc");
    return sum - rounds * (a * 5 + b); /* 0 when no interrupt touched anything */
}

void test_run(void)
{
    uint32_t a = evidence_random(), b = evidence_random();

    test_start_timer(200);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, tick);
    evidence_put(TIMER_SUM, sum_while_waiting(a, b) + a + b);
    evidence_put(TIMER_TICKS, test_ticks);
    evidence_put(TIMER_EIP_FIRST, (uint32_t)loop_start);
    evidence_put(TIMER_EIP_LAST, (uint32_t)loop_end);
    evidence_seal();
    test_success();
}
