/*
 * Lab 2's executor: the pure functions of exercises 2.1 and 2.7. The student's headers are in force here, so every
 * member is copied by name.
 */
/* sources: descriptor.c fast_trap.c segments.c */
#include "descriptor.h"
#include "executor.h"
#include "fast_trap.h"
#include "segments.h"
#include "wire.h"

static void run_descriptor(const void *request, void *reply)
{
    const struct wire_descriptor *in = request;
    struct wire_judged *out = reply;

    out->descriptor = in->descriptor;
    out->is_accepted = in->rule == WIRE_CHECK_SEGMENT ? descriptor_check_segment(&out->descriptor) :
                       in->rule == WIRE_CHECK_GATE ? descriptor_check_gate(&out->descriptor) :
                       descriptor_check(&out->descriptor);
}
OPERATION(WIRE_DESCRIPTOR, struct wire_descriptor, struct wire_judged, run_descriptor);

static void run_flat(const void *request, void *reply)
{
    const struct wire_flat *in = request;

    ((struct wire_judged *)reply)->descriptor = descriptor_flat(in->ring, in->is_code);
}
OPERATION(WIRE_FLAT, struct wire_flat, struct wire_judged, run_flat);

static void run_gates(const void *request, void *reply)
{
    const struct wire_gates *in = request;
    struct wire_packed *out = reply;

    for (uint32_t i = 0; i < WIRE_GATE_COUNT; i++) {
        struct pv_handler handler = { .eip = in->eip, .cs = (uint16_t)(in->first + i), .dpl = (uint8_t)in->dpl,
                                      .masks_events = in->masks };

        out->gate[i] = fast_trap_gate(&handler);
    }
}
OPERATION(WIRE_GATES, struct wire_gates, struct wire_packed, run_gates);

/* The other half of fast_trap.c reaches the machine through these. */
void segments_gate_set(uint8_t vector, uint64_t gate)
{
    (void)vector, (void)gate;
}

void segments_inner_stack_set(uint16_t ss, uint32_t esp)
{
    (void)ss, (void)esp;
}
