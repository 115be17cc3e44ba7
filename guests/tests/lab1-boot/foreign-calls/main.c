/* Calls everything that is not for bare guests: the hypercall vector, the vectors of Linux and Xen, sysenter, a call
   gate. A bare kernel must see what the bare machine would show: its own gates, and #GP(0) for sysenter without its
   registers set. */
/* expect: success */
/* native: yes */
#include "test.h"

static uint32_t arrivals;

static struct trap_frame *arrived(struct trap_frame *frame)
{
    arrivals++;
    return frame;
}

static void system_enter(void)
{
    __asm__ volatile("sysenter");
}

static void far_call(void)
{
    __asm__ volatile("lcall $0x28, $0");        /* a TSS that ltr has marked busy */
}

void test_run(void)
{
    trap_set_handler(0x80, arrived);
    trap_set_handler(0x82, arrived);
    for (uint32_t number = 0; number < 64; number++) {
        __asm__ volatile("int $0x82" : : "a"(number), "b"(0xF8100000), "c"(0xF8100000), "d"(0xF8100000) : "memory");
        __asm__ volatile("int $0x80" : : "a"(number) : "memory");
    }
    test_check(arrivals == 128, "a software interrupt did not arrive at the guest's own gate");
    test_expect("sysenter", system_enter, VECTOR_PROTECTION, 0);
    segments_load_task(0);
    test_expect("call to a busy TSS", far_call, VECTOR_PROTECTION, SELECTOR_TSS);
    test_success();
}
