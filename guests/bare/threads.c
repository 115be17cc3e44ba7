/* Round-robin threads. A thread that does not run is a trap frame on its own stack, nothing else; so switching is
   returning another frame from an interrupt handler. All switching happens in handlers, with interrupts off, which is
   why the tables here need no other protection. Called by the shell, its commands and the two interrupt handlers. */
#include "threads.h"

#include <stddef.h>

#include "clock.h"
#include "cpu.h"
#include "interrupts.h"
#include "segments.h"

#define THREADS         4
#define IDLE            0       /* slot of the thread that runs when no other can */
#define STACK_SIZE      8192
#define VECTOR_YIELD    0x40

enum thread_state { FREE, READY, SLEEPING, WAITING, JOINING, ENDED };

struct thread {
    volatile enum thread_state state;
    struct trap_frame *frame;           /* valid while it does not run */
    volatile uint32_t wake_tick;        /* SLEEPING: until then */
    struct thread *volatile joined;     /* JOINING: whose end it waits for */
    volatile uint32_t preemptions;
    const char *name;                   /* for the debugger */
};

static struct thread threads[THREADS];
static uint8_t stacks[THREADS][STACK_SIZE] __attribute__((aligned(16)));
static struct thread *volatile current;

/* A software interrupt, so that giving way and being preempted leave the same frame behind. */
static void thread_yield(void)
{
    __asm__ volatile("int %0" : : "i"(VECTOR_YIELD) : "memory");
}

/* Time and joined threads are looked at here, not when they change: no wake-up list to keep right. The difference of
   ticks is signed, so that the counter may wrap. */
static bool thread_may_run(struct thread *thread)
{
    if (thread->state == SLEEPING && (int32_t)(clock_ticks() - thread->wake_tick) >= 0)
        thread->state = READY;
    if (thread->state == JOINING && thread->joined->state == ENDED)
        thread->state = READY;
    return thread->state == READY;
}

/* The next one after `current` that may run, `current` itself last of all, idle if there is none. */
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

/* The frame of whoever was interrupted is all there is to save: its registers are in it. */
struct trap_frame *threads_schedule(struct trap_frame *frame, bool was_timer)
{
    struct thread *next = thread_choose();

    if (was_timer && next != current)
        current->preemptions = current->preemptions + 1;
    current->frame = frame;
    current = next;
    return next->frame;
}

static struct trap_frame *thread_yielded(struct trap_frame *frame)
{
    return threads_schedule(frame, false);
}

/* Where entry returns to. An ended thread is never chosen again, so the loop is run once. */
static void thread_end(void)
{
    for (;;) {
        current->state = ENDED;
        thread_yield();
    }
}

/* First stack of a thread, from its top: argument, return address for entry, then the frame that starts it. The frame
   has no room for esp and ss: iret within ring 0 pops neither. */
static struct trap_frame *thread_first_frame(uint8_t *stack, void (*entry)(void *), void *argument)
{
    uint32_t *top = (uint32_t *)(stack + STACK_SIZE) - 2;
    struct trap_frame *frame = (struct trap_frame *)((uint8_t *)top - offsetof(struct trap_frame, user_esp));

    top[0] = (uint32_t)thread_end;
    top[1] = (uint32_t)argument;
    frame->gs = frame->fs = frame->es = frame->ds = SELECTOR_KERNEL_DATA;
    frame->ebp = 0;
    frame->eip = (uint32_t)entry;
    frame->cs = SELECTOR_KERNEL_CODE;
    frame->eflags = EFLAGS_FIXED | EFLAGS_IF;
    return frame;
}

/* sti each time: whoever came before may have left interrupts off for good, and then nothing would ever wake. */
static void idle_loop(void *unused)
{
    (void)unused;
    for (;;)
        cpu_wait_for_interrupt();
}

void threads_start(void)
{
    threads[IDLE] = (struct thread){ .state = READY, .name = "idle" };
    threads[IDLE].frame = thread_first_frame(stacks[IDLE], idle_loop, NULL);
    threads[IDLE + 1] = (struct thread){ .state = READY, .name = "shell" };
    current = &threads[IDLE + 1];       /* keeps the stack it was started on */
    trap_set_handler(VECTOR_YIELD, thread_yielded);
}

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

void thread_prepare_to_wait(void)
{
    current->state = WAITING;
}

void thread_wait(void)
{
    thread_yield();
}

void thread_cancel_wait(void)
{
    current->state = READY;
}

void thread_wake_waiter(void)
{
    for (unsigned slot = 0; slot < THREADS; slot++)
        if (threads[slot].state == WAITING)
            threads[slot].state = READY;
}
