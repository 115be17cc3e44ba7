/* The `threads` command: two threads that compute without ever giving way, and share a counter. Both advance only if
   the timer takes the processor away from each. They stop when it has done so often enough; or, when no tick came
   for a long while, they give up: that happens when interrupts have silently stayed off. Called by the shell.
   Preemption is the subject, so nothing here may sleep, wait or print while the two run. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "cpu.h"
#include "interrupts.h"
#include "print.h"
#include "threads.h"

#define SPINNERS            2
#define PREEMPTIONS_WANTED  3   /* once could be chance at the start */
#define ROUNDS_PER_COUNT    1024    /* between two critical sections */
#define PATIENCE            (1u << 28)  /* TSC cycles without a tick: five ticks even at 5 GHz */

/* One per thread, written by that thread alone until it has ended. */
struct spinner {
    struct thread *thread;      /* NULL when no slot was free */
    uint32_t counted;           /* what it added to the shared counter */
    bool gave_up;               /* no tick came for PATIENCE */
};

static struct spinner spinners[SPINNERS];
static volatile uint32_t shared_count;  /* both add to it; guarded by interrupts_save */

/* Read, change, write: wrong without a critical section.
   `volatile` alone would not do: the loss happens when a tick falls between the read and the write. */
static void shared_increment(void)
{
    uint32_t saved = interrupts_save();
    uint32_t value = shared_count;

    shared_count = value + 1;
    interrupts_restore(saved);
}

/* Each was interrupted often enough by the timer in favour of another.
   Asked by both spinners, so both go on until the slower one has been preempted often enough. */
static bool demo_over(void)
{
    bool all = true;

    for (unsigned i = 0; i < SPINNERS; i++)
        all = all && thread_preemptions(spinners[i].thread) >= PREEMPTIONS_WANTED;
    return all;
}

/* One is enough: when ticks stay away, the other runs only after this one has ended. */
static bool demo_given_up(void)
{
    return spinners[0].gave_up || spinners[1].gave_up;
}

/* Long enough that a tick falls here nearly always, rarely into the critical section.
   A volatile counter, or the compiler would remove the loop. */
static void spin_some(void)
{
    for (volatile uint32_t round = 0; round < ROUNDS_PER_COUNT; round = round + 1)
        continue;
}

/* Nothing in here gives way. The TSC measures the wait because it runs on when interrupts do not come.
   A timer that is never delivered must end in a verdict, not in a hang: hangs say nothing about the reason. */
static void spinner_run(void *argument)
{
    struct spinner *self = argument;
    uint32_t seen = clock_ticks();
    uint64_t since = cpu_rdtsc();

    while (!demo_over() && !demo_given_up()) {
        spin_some();
        shared_increment();
        self->counted++;
        if (clock_ticks() != seen) {
            seen = clock_ticks();
            since = cpu_rdtsc();
        }
        self->gave_up = cpu_rdtsc() - since > PATIENCE;
    }
}

/* A spinner may start before the other's thread exists; until then interrupts are off. */
static bool demo_create(void)
{
    static const char *const names[SPINNERS] = { "a", "b" };
    uint32_t saved = interrupts_save();
    bool made = true;

    shared_count = 0;
    for (unsigned i = 0; i < SPINNERS; i++) {
        spinners[i] = (struct spinner){ thread_create(names[i], spinner_run, &spinners[i]), 0, false };
        made = made && spinners[i].thread != NULL;
    }
    interrupts_restore(saved);
    return made;
}

/* Joining sleeps until both have ended; only then are their counts read. */
bool command_threads(const char *argument)
{
    uint32_t counted = 0;
    bool preempted = true;

    (void)argument;
    if (!demo_create()) {       /* the kernel has four slots: idle, shell and these two */
        print("threads: no slot free\n");
        return false;
    }
    for (unsigned i = 0; i < SPINNERS; i++) {
        preempted = thread_join(spinners[i].thread) >= PREEMPTIONS_WANTED && preempted;
        counted += spinners[i].counted;
    }
    print("threads: a ran %s, b ran %s, preempted: %s\n", yes_no(spinners[0].counted > 0),
          yes_no(spinners[1].counted > 0), yes_no(preempted));
    print("threads: shared counter exact %s\n", yes_no(counted == shared_count));
    return preempted && counted == shared_count;
}
