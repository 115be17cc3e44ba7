/*
 * Who runs next (floor 1). The scheduler is a policy behind a pointer: this floor brings a FIFO with a time slice, a
 * higher floor may put another in its place before the first guest runs.
 */
#ifndef RINGLET_SCHED_H
#define RINGLET_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* A policy. It keeps its own order of the vcpus that can run; nothing here says how. */
struct scheduler {
    const char *name;                 /* for messages */
    void (*wake)(struct vcpu *vcpu);  /* it can run; is_queued is set by the caller */
    void (*sleep)(struct vcpu *vcpu); /* it cannot */
    struct vcpu *(*choose)(void);     /* the one to run now; NULL when none can */
    void (*tick)(struct vcpu *current); /* another tick went to `current`, which is runnable */
};

/* The policy in force. */
extern const struct scheduler *scheduler;

/* Put a vcpu into or out of the run queue; no effect when it is there already. */
void sched_wake(struct vcpu *vcpu);
void sched_sleep(struct vcpu *vcpu);

/* Keep a vcpu out of the queue whatever it wants, or let it have its way again (domain_pause). */
void sched_pause(struct vcpu *vcpu, bool paused);

/* Length of the FIFO's time slice, in ticks (>= 1). */
void sched_set_slice(uint32_t ticks);

#endif
