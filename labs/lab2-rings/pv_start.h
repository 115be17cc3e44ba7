/*
 * What a ring-1 guest finds when it starts (floor 2).
 */
#ifndef RINGLET_PV_START_H
#define RINGLET_PV_START_H

#include "guests.h"
#include "pv.h"
#include "pv_layout.h"

/* Write start_info, frame list, hypercall page and shared_info; memory and shared frame are there and zero. */
void pv_start_write(struct pv_domain *pv, const struct pv_image *image, const struct pv_layout *layout,
                    const struct guest_image *guest);

/*
 * Registers and virtual CPU at the first instruction. The frame in the trap page is zero but for what is set here; what
 * the interface promises of a start is in abi.md 1.6.
 */
void pv_start_vcpu(struct pv_vcpu *pv, const struct pv_image *image, const struct pv_layout *layout);

#endif
