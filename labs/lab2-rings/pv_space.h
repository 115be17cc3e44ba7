/*
 * The first address space of a ring-1 guest (floor 2).
 */
#ifndef RINGLET_PV_SPACE_H
#define RINGLET_PV_SPACE_H

#include "pv.h"
#include "pv_layout.h"

/*
 * Fill the guest's own page tables, and the vcpu's private L3 from them. The pages of the layout are there and zero.
 * Cannot fail: every frame that it needs is among the guest's own, which were counted by the layout.
 */
void pv_space_make(struct pv_domain *pv, struct pv_vcpu *vcpu, const struct pv_image *image,
                   const struct pv_layout *layout);

#endif
