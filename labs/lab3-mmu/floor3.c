/*
 * Floor 3's descriptor: validated page tables. Guests of the floor below get them without knowing: the builder's first
 * tables are validated like any others, and from then on the guest changes them by hypercalls.
 */
#include <stddef.h>
#include "exercise.h"
#include "floor.h"
#include "frame.h"
#include "guest_copy.h"
#include "mmuext_table.h"
#include "pagetable.h"
#include "pv_build.h"
#include "pv_memory.h"
#include "pv_trap.h"
#include "space.h"

#define PAGE_FAULT_WRITE 2u /* error code of a page fault: a write */

/* Rules for frames by what they are, in place of floor 2's by where the builder has put them. */
static bool owns(const struct pv_domain *pv, uint32_t mfn)
{
    const struct frame *frame = frame_find(mfn);

    return frame_is_owned(frame, space_owner(pv->domain)) && !(frame->flags & FRAME_SHARED);
}

static bool may_write(const struct pv_domain *pv, uint32_t mfn)
{
    const struct frame *frame = frame_find(mfn);

    return owns(pv, mfn) && (frame->type == FRAME_NONE || frame->type == FRAME_WRITABLE || frame->type == FRAME_SEGMENTS);
}

static int32_t segments_get(const struct pv_domain *pv, uint32_t mfn)
{
    return frame_get_type(mfn, space_owner(pv->domain), FRAME_SEGMENTS);
}

static void segments_put(const struct pv_domain *pv, uint32_t mfn)
{
    (void)pv;
    frame_put_type(mfn);
}

static const struct pv_frame_rules rules = { owns, may_write, segments_get, segments_put };

/*
 * Exercise 3.7: a page fault that the tables do not explain. The entry was made more generous after the CPU had kept a
 * copy of the old one; it has forgotten it by faulting (SDM vol. 3 section 4.10.4.3), so the instruction is just tried
 * again. True for exactly these: page_is_reachable() for the access that the error code tells of (PAGE_FAULT_WRITE), by
 * whoever made it (pv_in_kernel()). All others are the guest's, who gets the address and the error code.
 */
static bool fault_is_spurious(const struct pv_vcpu *pv, uint32_t error, uint32_t address)
{
    (void)pv, (void)error, (void)address;
    EXERCISE("3.7");
}

static void floor3_init(void)
{
    pv_frame_rules = &rules;
    pv_fault_filter = fault_is_spurious;
    mmuext_table_init();
}

static const struct floor floor3 = {
    .level = 3,
    .name = "lab3-mmu",
    .init = floor3_init,
    .domain_destroy = space_destroy,
    .recognise = pv_recognise,
    .build = space_build,
};
FLOOR(floor3);
