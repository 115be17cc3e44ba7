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
 * What decides about frames, and is told of those that hold descriptors: this floor's rules go by where the builder has
 * put things; a floor that knows what each frame is puts others in their place before the first guest is built.
 */
struct pv_frame_rules {
    bool (*owns)(const struct pv_domain *pv, uint32_t mfn);
    bool (*may_write)(const struct pv_domain *pv, uint32_t mfn);
    int32_t (*segments_get)(const struct pv_domain *pv, uint32_t mfn); /* 0, or why it cannot hold descriptors */
    void (*segments_put)(const struct pv_domain *pv, uint32_t mfn);
};

extern const struct pv_frame_rules *pv_frame_rules;

/*
 * Page `pfn` of the domain (below frame_count), through the direct map. Valid to its end only: the next is elsewhere.
 */
void *pv_page(const struct pv_domain *pv, uint32_t pfn);

#endif
