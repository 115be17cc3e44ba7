/*
 * Address spaces of ring-1 guests under validation (floor 3): a domain's frames from its first to its last.
 */
#ifndef RINGLET_SPACE_H
#define RINGLET_SPACE_H

#include "guests.h"
#include "pv.h"

/* This domain as an owner in the frame table. */
static inline uint16_t space_owner(const struct domain *domain)
{
    return (uint16_t)(domain->id + 1);
}

/* Per-domain data: frames that the domain owns, in its list or given back and still referred to (memory_op.c). */
extern uint32_t frames_held;

/* Floor 3's hooks: as floor 2's, with all frames in the frame table and the first tables validated. */
const char *space_build(struct domain *domain, const struct guest_image *guest);
void space_destroy(struct domain *domain);

/* Run on another L3: 0, or why it is none. The old one's reference is dropped. */
int32_t space_switch(struct pv_vcpu *pv, uint32_t mfn);

/* Slot `index` of L3 `mfn` has changed: every vcpu that runs on it sees it. */
void space_slot_changed(struct pv_domain *pv, uint32_t mfn, uint32_t index, uint64_t entry);

/* Forget translations that the tables no longer give: after each hypercall that could have made some stale. */
void space_flush(void);

#endif
