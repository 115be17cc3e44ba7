/* The `ring3` command: user code that calls the kernel, tries what only the kernel may do, and is interrupted while it
   computes. Kernel and user share the flat address space; what differs is the privilege. Called by the shell.
   The five refusals are what every hypervisor of de-privileged kernels must reflect to the guest's own handler, and not
   emulate: here the guest's user asks, not the guest's kernel. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "cpu.h"
#include "print.h"
#include "ring3.h"
#include "segments.h"
#include "traps.h"

#define VECTOR_CALL     0x30    /* the system call's gate, open to ring 3 */
#define VECTOR_KERNEL   0x31    /* its gate is for ring 0 only */
#define CALL_ADD        5       /* a result that no register held before */
#define USER_DONE       0x600D  /* no sum of calls gives this */

/* Written by the handlers in ring 0, read by the command; user code touches none. */
static uint32_t calls;
static uint32_t refusals;
static bool frames_right;

/* Both selectors were pushed from ring 3, and the stack is the kernel's own.
   esp0 is where the frame ends: the processor starts there and pushes downwards. */
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

/* Steps over the refused instruction; ESI holds its length.
   Installed during the excursion only: a #GP of the kernel itself would be stepped over as well. */
static struct trap_frame *user_refused(struct trap_frame *frame)
{
    refusals++;
    frames_right = frames_right && frame_is_user(frame);
    frame->eip += frame->esi;
    return frame;
}

/* Executes one instruction that must be refused. */
#define REFUSED(instruction, length) __asm__ volatile(instruction : : "S"(length), "a"(0) : "memory", "cc")

/* Runs in ring 3. Waits for a tick by computing: the timer must be able to interrupt it.
   IOPL is 0, so cli and in are refused as well as what only CPL 0 may. The vector 0x31 has a gate, but not for it. */
static void user_code(void)
{
    uint32_t value = 1;
    uint32_t start = clock_ticks();

    for (unsigned i = 0; i < 3; i++)
        __asm__ volatile("int %1" : "+a"(value) : "i"(VECTOR_CALL) : "memory");
    REFUSED("cli", 1);
    REFUSED("hlt", 1);
    REFUSED("mov %%eax, %%cr3", 3); /* EAX is 0: were it executed, nothing would break but the count */
    REFUSED("inb $0x71, %%al", 2);
    REFUSED("int $0x31", 2);
    while (clock_ticks() == start)  /* the tick's handler starts on esp0 and comes back here */
        continue;
    ring3_leave(value == 1 + 3 * CALL_ADD ? USER_DONE : value);
}

/* The handlers stay installed but for #GP's: the next run sets them again. */
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
