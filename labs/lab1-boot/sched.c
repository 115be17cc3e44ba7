/*
 * The run queue and the default policy (floor 1): first in, first out, each for one time slice. The scheduler only
 * decides; trap.c switches. Invariant: vcpu->is_queued exactly while the vcpu is in the queue.
 */
#include "sched.h"
#include <stddef.h>
#include "domain.h"

#define SLICE_DEFAULT 10 /* ticks */

static struct vcpu *queue; /* linked by vcpu->next; the head runs */
static uint32_t slice = SLICE_DEFAULT, used;

static void queue_append(struct vcpu *vcpu)
{
    struct vcpu **link = &queue;

    while (*link != NULL)
        link = &(*link)->next;
    vcpu->next = NULL;
    *link = vcpu;
}

static void queue_remove(struct vcpu *vcpu)
{
    struct vcpu **link = &queue;

    while (*link != vcpu)
        link = &(*link)->next;
    *link = vcpu->next;
}

static void fifo_sleep(struct vcpu *vcpu)
{
    if (vcpu == queue)
        used = 0; /* whoever is next gets a whole slice */
    queue_remove(vcpu);
}

static struct vcpu *fifo_choose(void)
{
    return queue;
}

static void fifo_tick(struct vcpu *current)
{
    if (current != queue || ++used < slice)
        return;
    used = 0;
    queue_remove(current);
    queue_append(current);
}

static const struct scheduler fifo = {
    .name = "fifo",
    .wake = queue_append,
    .sleep = fifo_sleep,
    .choose = fifo_choose,
    .tick = fifo_tick,
};

const struct scheduler *scheduler = &fifo;

void sched_wake(struct vcpu *vcpu)
{
    if (vcpu->is_queued)
        return;
    vcpu->is_queued = true;
    scheduler->wake(vcpu);
}

void sched_sleep(struct vcpu *vcpu)
{
    if (!vcpu->is_queued)
        return;
    vcpu->is_queued = false;
    scheduler->sleep(vcpu);
}

void sched_set_slice(uint32_t ticks)
{
    slice = ticks;
}
