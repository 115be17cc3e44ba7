/*
 * The run queue and the default policy (floor 1): first in, first out, each for one time slice. The scheduler only
 * decides; trap.c switches. Invariant: vcpu->is_queued exactly while the vcpu is in the queue.
 *
 *      queue -> | A | -> | B | -> | C | -> NULL          A runs. After its slice, or a sleep and a wake: B C A
 *
 * A guest that is busy cannot starve the others: the tick comes whatever its virtual IF says, for the real one is on.
 * A guest that waits is not in the queue at all, and costs nothing.
 */
#include "sched.h"
#include <stddef.h>
#include "domain.h"
#include "trap.h"

#define SLICE_DEFAULT 10 /* ticks */

static struct vcpu *queue; /* linked by vcpu->next; the head runs */
static uint32_t slice = SLICE_DEFAULT; /* ticks a vcpu may run while others wait */
static uint32_t used;                  /* ticks the head has had */

/* To the end, so a guest that sleeps and wakes in quick turns cannot get in front of one that computes. */
static void queue_append(struct vcpu *vcpu)
{
    struct vcpu **link = &queue;

    while (*link != NULL)
        link = &(*link)->next;
    vcpu->next = NULL;
    *link = vcpu;
}

/* The vcpu is in the queue (is_queued): the walk ends at it. */
static void queue_remove(struct vcpu *vcpu)
{
    struct vcpu **link = &queue;

    while (*link != vcpu)
        link = &(*link)->next;
    *link = vcpu->next;
}

/* A vcpu can be put to sleep while another runs: only the head's time is being counted. */
static void fifo_sleep(struct vcpu *vcpu)
{
    if (vcpu == queue)
        used = 0; /* whoever is next gets a whole slice */
    queue_remove(vcpu);
}

/* Asked on each way back to a guest, so it must cost next to nothing. */
static struct vcpu *fifo_choose(void)
{
    return queue;
}

/* `current` may not be the head: it can have been woken or put to sleep since it was chosen. */
static void fifo_tick(struct vcpu *current)
{
    if (current != queue || ++used < slice)
        return;
    used = 0;
    queue_remove(current);
    queue_append(current);
}

/* Replaced as a whole by a floor that has a better policy: nobody outside this file calls the functions above. */
static const struct scheduler fifo = {
    .name = "fifo",
    .wake = queue_append,
    .sleep = fifo_sleep,
    .choose = fifo_choose,
    .tick = fifo_tick,
};

const struct scheduler *scheduler = &fifo;

/*
 * is_queued is kept here for every policy alike, so that no policy can be asked to queue a vcpu twice. A vcpu that is
 * paused may wake and go to sleep all the same: it shows when the pause is over.
 */
static void queue_update(struct vcpu *vcpu)
{
    bool wanted = vcpu->is_awake && !vcpu->is_paused;

    if (wanted == vcpu->is_queued)
        return;
    vcpu->is_queued = wanted;
    trap_has_work = true;
    if (wanted)
        scheduler->wake(vcpu);
    else
        scheduler->sleep(vcpu);
}

void sched_wake(struct vcpu *vcpu)
{
    vcpu->is_awake = true;
    queue_update(vcpu);
}

void sched_sleep(struct vcpu *vcpu)
{
    vcpu->is_awake = false;
    queue_update(vcpu);
}

void sched_pause(struct vcpu *vcpu, bool paused)
{
    vcpu->is_paused = paused;
    queue_update(vcpu);
}

/* Boot only, before the first tick: `used` needs no adjusting. */
void sched_set_slice(uint32_t ticks)
{
    slice = ticks;
}
