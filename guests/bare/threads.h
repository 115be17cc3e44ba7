/* Preemptive kernel threads. */
#ifndef BARE_THREADS_H
#define BARE_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "traps.h"

struct thread;

/* Makes the caller the first thread and the idle loop the last resort. */
void threads_start(void);

/* A new thread that runs entry(argument) on its own stack; NULL when all slots are taken. */
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);

/* Waits for the thread's end and frees its slot. Returns how often the timer took the processor away from it. */
uint32_t thread_join(struct thread *thread);

void thread_sleep(uint32_t ticks);
uint32_t thread_preemptions(const struct thread *thread);

/* Waits until thread_wake; the caller says "I am about to wait" first and looks at its condition after that, so that
   a wake-up in between is not lost. */
void thread_prepare_to_wait(void);
void thread_wait(void);
void thread_cancel_wait(void);
void thread_wake_waiter(void);

/* For interrupt handlers: the frame of whoever runs next. was_timer: this is a preemption if it switches. */
struct trap_frame *threads_schedule(struct trap_frame *frame, bool was_timer);

#endif
