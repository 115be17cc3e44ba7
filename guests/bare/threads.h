/* Preemptive kernel threads.
   A thread runs until it sleeps, waits or ends, or until a tick finds another that may run. No priorities. */
#ifndef BARE_THREADS_H
#define BARE_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "traps.h"

/* Slots of threads.c: a pointer is good from thread_create to the end of thread_join. */
struct thread;

/* Once, with interrupts off.
   Makes the caller the first thread and the idle loop the last resort. */
void threads_start(void);

/* A new thread that runs entry(argument) on its own stack; NULL when all slots are taken. */
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);

/* Waits for the thread's end and frees its slot. Returns how often the timer took the processor away from it. */
uint32_t thread_join(struct thread *thread);

/* At least `ticks` - 1 full ticks; others run meanwhile. */
void thread_sleep(uint32_t ticks);
/* May be read while the thread runs. */
uint32_t thread_preemptions(const struct thread *thread);

/* Waits until thread_wake; the caller says "I am about to wait" first and looks at its condition after that, so that
   a wake-up in between is not lost.
        prepare_to_wait;  condition holds? -> cancel_wait, go on;  else wait and start over */
void thread_prepare_to_wait(void);
void thread_wait(void);
void thread_cancel_wait(void);
void thread_wake_waiter(void);

/* For interrupt handlers: the frame of whoever runs next. was_timer: this is a preemption if it switches. */
struct trap_frame *threads_schedule(struct trap_frame *frame, bool was_timer);

#endif
