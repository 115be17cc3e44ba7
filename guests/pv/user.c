/* Ring 3's way back, and programs that several tests use. While ring 3 runs, its traps are pushed on the trap stack, so
   the kernel's own stack below user_run stays as it is. */
#include "user.h"

#include "cpu.h"
#include "hypercall.h"
#include "test.h"
#include "traps.h"

void user_leave(uint32_t value) __attribute__((noreturn));

/* The frame is simply dropped: nobody goes on there. */
static struct trap_frame *user_return(struct trap_frame *frame)
{
    user_leave(frame->eax);
}

/* Without IF: events stay masked while ring 3 runs. */
uint32_t user_run(uint32_t (*code)(uint32_t), uint32_t argument)
{
    return user_run_flags(code, argument, EFLAGS_FIXED);
}

USER_CODE uint32_t user_nothing(uint32_t argument)
{
    return argument;
}

USER_CODE uint32_t user_read(uint32_t address)
{
    return *(volatile uint32_t *)address;
}

/* The mask bit on the way back in: from here on events are as the kernel expects them. */
void user_start_up(void)
{
    trap_set_handler(VECTOR_USER_RETURN, user_return);
    trap_install(VECTOR_USER_RETURN, 3 | TRAP_INFO_MASKS);
    test_check(hypercall_stack_switch(SELECTOR_RING1_DATA, (uint32_t)trap_stack_top) == 0, "stack_switch refused");
}
