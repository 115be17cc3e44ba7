/*
 * Bouncing (floor 2): making a guest's kernel believe that the CPU has just delivered an exception to it.
 */
#ifndef RINGLET_BOUNCE_H
#define RINGLET_BOUNCE_H

#include <stdbool.h>
#include <stdint.h>
#include "pv.h"

/* What is delivered, and where to. */
struct bounce {
    const struct pv_handler *handler; /* of the vcpu's table or callbacks */
    bool has_error;                   /* an error code lies below EIP */
    bool has_segments;                /* DS ES FS GS lie below EIP: the failsafe callback */
    uint32_t error;
};

/*
 * Push the frame on the guest's own stack and have it go on at the handler. A stack that cannot be written, or a
 * handler that is none, is the guest's end: `what` and `number` say in the reason what was to be delivered.
 */
void bounce_deliver(struct pv_vcpu *pv, const struct bounce *bounce, const char *what, uint32_t number);

/* Exception `vector` through the vcpu's trap table; the error code counts where the vector has one. */
void bounce_exception(struct pv_vcpu *pv, uint8_t vector, uint32_t error);

/* A page fault at `address`, as ring 1 or ring 3 sees it. */
void bounce_page_fault(struct pv_vcpu *pv, uint32_t error, uint32_t address);

#endif
