/* The `ring3` command: user code that calls the kernel, tries what only the kernel may do, and is interrupted while it
   computes. Kernel and user share the flat address space; what differs is the privilege. Called by the shell. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "cpu.h"
#include "print.h"
#include "ring3.h"
#include "segments.h"
#include "traps.h"

#define VECTOR_CALL     0x30
#define VECTOR_KERNEL   0x31    /* its gate is for ring 0 only */
#define CALL_ADD        5
#define USER_DONE       0x600D

static uint32_t calls;
static uint32_t refusals;
static bool frames_right;

/* Both selectors were pushed from ring 3, and the stack is the kernel's own. */
static bool frame_is_user(const struct trap_frame *frame)
{
    return ring3_is_source(frame) && (frame->user_ss & 0xFFFF) == SELECTOR_USER_DATA &&
           (uint32_t)frame + sizeof(*frame) == task_state.esp0;
}

/* A system call: takes EAX, gives EAX. */
static struct trap_frame *user_call(struct trap_frame *frame)
{
    calls++;
    frames_right = frames_right && frame_is_user(frame);
    frame->eax += CALL_ADD;
    return frame;
}

/* Steps over the refused instruction; ESI holds its length. */
static struct trap_frame *user_refused(struct trap_frame *frame)
{
    refusals++;
    frames_right = frames_right && frame_is_user(frame);
    frame->eip += frame->esi;
    return frame;
}

/* Executes one instruction that must be refused. */
#define REFUSED(instruction, length) __asm__ volatile(instruction : : "S"(length), "a"(0) : "memory", "cc")

/* Runs in ring 3. Waits for a tick by computing: the timer must be able to interrupt it. */
static void user_code(void)
{
    uint32_t value = 1;
    uint32_t start = clock_ticks();

    for (unsigned i = 0; i < 3; i++)
        __asm__ volatile("int %1" : "+a"(value) : "i"(VECTOR_CALL) : "memory");
    REFUSED("cli", 1);
    REFUSED("hlt", 1);
    REFUSED("mov %%eax, %%cr3", 3);
    REFUSED("inb $0x71, %%al", 2);
    REFUSED("int $0x31", 2);
    while (clock_ticks() == start)
        continue;
    ring3_leave(value == 1 + 3 * CALL_ADD ? USER_DONE : value);
}

bool command_ring3(const char *argument)
{
    uint32_t value;
    bool right;

    (void)argument;
    calls = 0;
    refusals = 0;
    frames_right = true;
    trap_set_handler(VECTOR_CALL, user_call);
    trap_allow_ring3(VECTOR_CALL);
    trap_set_handler(VECTOR_PROTECTION, user_refused);
    value = ring3_run(user_code);
    trap_set_handler(VECTOR_PROTECTION, NULL);
    right = value == USER_DONE && calls == 3 && refusals == 5 && frames_right;
    print("ring3: %u calls, %u instructions refused, frames right %s, came back %s\n", calls, refusals,
          yes_no(frames_right), yes_no(value == USER_DONE));
    return right;
}
