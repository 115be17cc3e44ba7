/*
 * Lab 2's executor: the operations on a ring-1 guest (executor_machine.c), exercises 2.3, 2.5, 2.6 and 2.8.
 */
/* sources: hypercall_names.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounce.h"
#include "executor.h"
#include "executor_machine.h"
#include "isolation.h"
#include "debug.h"
#include "gate.h"
#include "nmi.h"
#include "reach.h"
#include "ring.h"

static struct wire_bounced *bounced; /* where fake_bounce_deliver() records */

static void run_ring_hypercall(const void *request, void *reply)
{
    const struct wire_request *in = request;

    machine_build(in, reply);
    for (uint32_t i = 0; i < in->count && i < 8; i++) {
        machine_frame.eax = in->numbers[i];
        ring_hypercall(&machine_frame);
    }
    machine_report();
}
OPERATION(WIRE_RING_HYPERCALL, struct wire_request, struct wire_outcome, run_ring_hypercall);

extern const struct hypercall_entry *const __start_hypercalls[], *const __stop_hypercalls[];

/* By its number, as the hypervisor finds it: the function itself is static. */
static hypercall_handler *handler_find(uint32_t number)
{
    for (const struct hypercall_entry *const *slot = __start_hypercalls; slot < __stop_hypercalls; slot++)
        if ((*slot)->number == number)
            return (*slot)->handler;
    fprintf(stderr, "no HYPERCALL() line offers hypercall %u\n", number);
    abort();
}

static void run_handler(const void *request, void *reply)
{
    const struct wire_request *in = request;
    struct wire_outcome *out = reply;

    machine_build(in, out);
    out->result = (uint32_t)handler_find(in->numbers[0])(&machine_domain.vcpu[0], in->args);
    machine_report();
}
OPERATION(WIRE_HANDLER, struct wire_request, struct wire_outcome, run_handler);

static void run_bounce(const void *request, void *reply)
{
    const struct wire_request *in = request;
    struct pv_handler handler = handler_in(&in->handler);
    struct bounce bounce = { .handler = &handler, .has_error = in->has_error, .has_segments = in->has_segments,
                             .error = in->error };

    machine_build(in, reply);
    bounce_deliver(&machine_vcpu, &bounce, "exception", in->vector);
    machine_report();
}
OPERATION(WIRE_BOUNCE, struct wire_request, struct wire_outcome, run_bounce);

static void run_failsafe(const void *request, void *reply)
{
    const struct wire_request *in = request;
    struct wire_outcome *out = reply;

    bounced = &out->bounced;
    machine_build(in, out);
    reach_failsafe_deliver(&machine_vcpu, in->vector, in->error);
    machine_report();
}
OPERATION(WIRE_FAILSAFE, struct wire_request, struct wire_outcome, run_failsafe);

/* A fault's frame in ring 0 ends before ESP, which is where the guest's frame is popped so far. */
static void run_recover(const void *request, void *reply)
{
    static _Alignas(16) uint8_t bytes[sizeof(((struct wire_recover *)0)->bytes)];
    const struct wire_recover *in = request;
    struct wire_recover *out = reply;
    uint8_t *frame = bytes + WIRE_FRAME, *fault = frame + in->popped - WIRE_FRAME_ESP;

    memcpy(bytes, in->bytes, sizeof(bytes));
    reach_frame_recover((struct trap_frame *)(void *)frame, (const struct trap_frame *)(void *)fault, in->popped);
    out->popped = in->popped;
    memcpy(out->bytes, bytes, sizeof(bytes));
}
OPERATION(WIRE_RECOVER, struct wire_recover, struct wire_recover, run_recover);

/* What failsafe.c calls. */

void fake_bounce_deliver(struct pv_vcpu *pv, const struct bounce *bounce, const char *what, uint32_t number);
void fake_bounce_deliver(struct pv_vcpu *pv, const struct bounce *bounce, const char *what, uint32_t number)
{
    const struct trap_frame *frame = pv->vcpu->frame;

    (void)what, (void)number;
    bounced->count++;
    bounced->has_error = bounce->has_error;
    bounced->has_segments = bounce->has_segments;
    bounced->ds = frame->ds;
    bounced->es = frame->es;
    bounced->fs = frame->fs;
    bounced->gs = frame->gs;
    bounced->handler = handler_out(bounce->handler);
}

/* The rest of failsafe.c is not called here. */

void debug_note(struct pv_vcpu *pv)
{
    (void)pv;
}

bool nmi_receive(void)
{
    return false;
}

bool isolation_edge(struct trap_frame *frame)
{
    (void)frame;
    return false;
}

void entry_restart(void)
{
    executor_leave();
}
