/*
 * The first address space of a ring-1 guest (floor 2).
 */
#ifndef RINGLET_PV_SPACE_H
#define RINGLET_PV_SPACE_H

#include "pv.h"
#include "pv_layout.h"

/* Fill the guest's own page tables, and the vcpu's private L3 from them. */
void pv_space_make(struct pv_domain *pv, struct pv_vcpu *vcpu, const struct pv_image *image,
                   const struct pv_layout *layout);

#endif
