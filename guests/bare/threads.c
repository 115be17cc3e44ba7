/* Round-robin threads. A thread that does not run is a trap frame on its own stack, nothing else; so switching is
   returning another frame from an interrupt handler. All switching happens in handlers, with interrupts off, which is
   why the tables here need no other protection. Called by the shell, its commands and the two interrupt handlers.
   Slots, not lists: with four threads a search is shorter than any queue, and nothing can be linked wrongly. */
#include "threads.h"

#include <stddef.h>

#include "clock.h"
#include "cpu.h"
#include "interrupts.h"
#include "segments.h"

#define THREADS         4       /* idle, shell, and two for the `threads` command */
#define IDLE            0       /* slot of the thread that runs when no other can */
#define STACK_SIZE      8192    /* bytes; a handler's frames land here too */
#define VECTOR_YIELD    0x40    /* above the PICs' 32..47 */

/* Who changes it: FREE -> READY thread_create; READY -> SLEEPING, WAITING, JOINING, ENDED the thread itself;
   back to READY thread_may_run, thread_wake_waiter, thread_cancel_wait; ENDED -> FREE thread_join. */
enum thread_state { FREE, READY, SLEEPING, WAITING, JOINING, ENDED };

/* volatile: handlers change these while a thread looks at them in a loop. */
struct thread {
    volatile enum thread_state state;
    struct trap_frame *frame;           /* valid while it does not run */
    volatile uint32_t wake_tick;        /* SLEEPING: until then */
    struct thread *volatile joined;     /* JOINING: whose end it waits for */
    volatile uint32_t preemptions;  /* times a tick took the processor away */
    const char *name;                   /* for the debugger */
};

static struct thread threads[THREADS];
static uint8_t stacks[THREADS][STACK_SIZE] __attribute__((aligned(16)));    /* the shell's slot leaves its own unused */
static struct thread *volatile current; /* never NULL after threads_start */

/* A software interrupt, so that giving way and being preempted leave the same frame behind. */
static void thread_yield(void)
{
    __asm__ volatile("int %0" : : "i"(VECTOR_YIELD) : "memory");
}

/* Time and joined threads are looked at here, not when they change: no wake-up list to keep right. The difference of
   ticks is signed, so that the counter may wrap.
   Called with interrupts off only, from thread_choose. */
static bool thread_may_run(struct thread *thread)
{
    if (thread->state == SLEEPING && (int32_t)(clock_ticks() - thread->wake_tick) >= 0)
        thread->state = READY;
    if (thread->state == JOINING && thread->joined->state == ENDED)
        thread->state = READY;
    return thread->state == READY;
}

/* The next one after `current` that may run, `current` itself last of all, idle if there is none.
   Starting behind `current` is what makes it round robin: nobody is asked twice before all others were. */
static struct thread *thread_choose(void)
{
    unsigned slot = (unsigned)(current - threads);

    for (unsigned step = 1; step <= THREADS; step++) {
        struct thread *candidate = &threads[(slot + step) % THREADS];

        if (candidate != &threads[IDLE] && thread_may_run(candidate))
            return candidate;
    }
    return &threads[IDLE];
}

/* The frame of whoever was interrupted is all there is to save: its registers are in it.
   A frame lies on its thread's stack and stays untouched until the thread is chosen again. */
struct trap_frame *threads_schedule(struct trap_frame *frame, bool was_timer)
{
    struct thread *next = thread_choose();

    if (was_timer && next != current)
        current->preemptions = current->preemptions + 1;
    current->frame = frame;
    current = next;
    return next->frame;
}

/* Not counted as a preemption: the thread asked for it. */
static struct trap_frame *thread_yielded(struct trap_frame *frame)
{
    return threads_schedule(frame, false);
}

/* Where entry returns to. An ended thread is never chosen again, so the loop is run once.
   The slot and its stack are still in use here; only thread_join may free them, from another stack. */
static void thread_end(void)
{
    for (;;) {
        current->state = ENDED;
        thread_yield();
    }
}

/* First stack of a thread, from its top: argument, return address for entry, then the frame that starts it. The frame
   has no room for esp and ss: iret within ring 0 pops neither.
        top + 4   argument
        top       thread_end        <- ESP when entry starts, as if it had been called
                  eflags cs eip
                  error vector
                  eax .. edi        whatever the stack held
        frame ->  ds es fs gs */
static struct trap_frame *thread_first_frame(uint8_t *stack, void (*entry)(void *), void *argument)
{
    uint32_t *top = (uint32_t *)(stack + STACK_SIZE) - 2;
    struct trap_frame *frame = (struct trap_frame *)((uint8_t *)top - offsetof(struct trap_frame, user_esp));

    top[0] = (uint32_t)thread_end;
    top[1] = (uint32_t)argument;
    frame->gs = frame->fs = frame->es = frame->ds = SELECTOR_KERNEL_DATA;
    frame->ebp = 0;             /* a backtrace ends here */
    frame->eip = (uint32_t)entry;
    frame->cs = SELECTOR_KERNEL_CODE;
    frame->eflags = EFLAGS_FIXED | EFLAGS_IF;
    return frame;
}

/* sti each time: whoever came before may have left interrupts off for good, and then nothing would ever wake.
   It is chosen only when nobody else may run, so hlt never delays a thread that could. */
static void idle_loop(void *unused)
{
    (void)unused;
    for (;;)
        cpu_wait_for_interrupt();
}

/* Interrupts are off until interrupts_enable, so the order in here is free. */
void threads_start(void)
{
    threads[IDLE] = (struct thread){ .state = READY, .name = "idle" };
    threads[IDLE].frame = thread_first_frame(stacks[IDLE], idle_loop, NULL);
    threads[IDLE + 1] = (struct thread){ .state = READY, .name = "shell" };
    current = &threads[IDLE + 1];       /* keeps the stack it was started on */
    trap_set_handler(VECTOR_YIELD, thread_yielded);
}

/* The slot is searched and taken in one critical section: a thread preempted in between could lose it. */
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument)
{
    uint32_t saved = interrupts_save();
    struct thread *thread = NULL;

    for (unsigned slot = 0; slot < THREADS && thread == NULL; slot++)
        if (threads[slot].state == FREE)
            thread = &threads[slot];
    if (thread != NULL) {
        *thread = (struct thread){ .state = READY, .name = name };
        thread->frame = thread_first_frame(stacks[thread - threads], entry, argument);
    }
    interrupts_restore(saved);
    return thread;
}

/* `joined` before JOINING: the tick that sees the state reads the pointer. The loop, because a spurious READY must
   only cost a turn. */
uint32_t thread_join(struct thread *thread)
{
    current->joined = thread;
    while (thread->state != ENDED) {
        current->state = JOINING;
        thread_yield();
    }
    thread->state = FREE;
    return thread->preemptions;
}

/* The order matters: a tick between the two lines must find a time to wake at. */
void thread_sleep(uint32_t ticks)
{
    current->wake_tick = clock_ticks() + ticks;
    current->state = SLEEPING;
    thread_yield();
}

uint32_t thread_preemptions(const struct thread *thread)
{
    return thread->preemptions;
}

/* From here on a tick puts the thread aside until it is woken, even before thread_wait. */
void thread_prepare_to_wait(void)
{
    current->state = WAITING;
}

void thread_wait(void)
{
    thread_yield();
}

/* Also right when somebody has woken it already. */
void thread_cancel_wait(void)
{
    current->state = READY;
}

/* All of them: each looks at its condition again. Called with interrupts off. */
void thread_wake_waiter(void)
{
    for (unsigned slot = 0; slot < THREADS; slot++)
        if (threads[slot].state == WAITING)
            threads[slot].state = READY;
}
