/*
 * The memory of a ring-1 guest (floor 2): which frames are its own.
 */
#ifndef RINGLET_PV_MEMORY_H
#define RINGLET_PV_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include "pv.h"

/* Give the domain `count` frames, zeroed, and a list of them by pfn. False: not enough; what was taken is recorded. */
bool pv_memory_allocate(struct pv_domain *pv, uint32_t count);
void pv_memory_free(struct pv_domain *pv);

/*
 * Does the domain own frame `mfn`, a number that may be anything? May it have it written, or is it a page table? What
 * is the hypervisor's own, and the page that a domain shares with it, is not the domain's by this: it is in no list.
 */
bool pv_owns(const struct pv_domain *pv, uint32_t mfn);
bool pv_may_write(const struct pv_domain *pv, uint32_t mfn);

/*
 * Page `pfn` of the domain (below frame_count), through the direct map. Valid to its end only: the next is elsewhere.
 */
void *pv_page(const struct pv_domain *pv, uint32_t pfn);

#endif
