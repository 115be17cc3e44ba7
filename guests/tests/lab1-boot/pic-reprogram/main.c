/* Moves the interrupt controller to other vectors while the timer runs, initialises it in the middle of service, ends
   interrupts that never were, and calls the vector of IRQ 7 by software, which its handler must find to be spurious.
   Afterwards the timer must still tick, at the new vector. */
/* expect: success */
/* native: yes */
#include "test.h"

#define NEW_BASE 0x60

static volatile uint32_t moved_ticks;
static volatile uint32_t spurious;

static struct trap_frame *moved_tick(struct trap_frame *frame)
{
    moved_ticks = moved_ticks + 1;
    pic_end(IRQ_TIMER);
    return frame;
}

/* A real IRQ 7 is in service; a spurious one is not, and must not be ended (8259A data sheet). */
static struct trap_frame *irq7(struct trap_frame *frame)
{
    if (pic_in_service() & 1u << IRQ_SPURIOUS)
        pic_end(IRQ_SPURIOUS);
    else
        spurious = spurious + 1;
    return frame;
}

/* Starts over while IRQ 0 is in service: initialisation clears the in-service bits, so its end is one too many. */
static struct trap_frame *tick_then_move(struct trap_frame *frame)
{
    pic_remap(NEW_BASE);
    pic_end(IRQ_TIMER);
    pic_unmask(IRQ_TIMER);
    return frame;
}

static void wait_moved(uint32_t count)
{
    uint32_t start = moved_ticks;

    while (moved_ticks - start < count)
        cpu_wait_for_interrupt();
    cpu_cli();
}

void test_run(void)
{
    test_start_timer(1000);
    test_wait_ticks(2);
    trap_set_handler(NEW_BASE + IRQ_TIMER, moved_tick);
    trap_set_handler(NEW_BASE + IRQ_SPURIOUS, irq7);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, tick_then_move);
    wait_moved(3);
    test_check(pic_in_service() == 0, "an interrupt is still in service");
    for (unsigned irq = 0; irq < 16; irq++)
        pic_end(irq);
    __asm__ volatile("int %0" : : "i"(NEW_BASE + IRQ_SPURIOUS) : "memory");
    test_check(spurious >= 1, "IRQ 7 was taken for a real one");
    wait_moved(3);
    test_success();
}
