/*
 * Floor 3's descriptor: validated page tables. Guests of the floor below get them without knowing: the builder's first
 * tables are validated like any others, and from then on the guest changes them by hypercalls.
 *
 *      call                        file              decides by
 *      mmu_update                  mmu_update.c      pagetable.c: what may stand in an entry
 *      update_va_mapping           mmu_update.c      the same, for the L1 that is in use
 *      mmuext_op                   mmuext_table.c    frame.c: what a frame may become
 *      memory_op                   memory_op.c       the domain's list of frames
 *      (birth and death)           space.c           the builder's tables; every reference dropped by its holder
 *
 * Below them all is the frame table, frame.c, where the theory is told. Owns no state.
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

/*
 * Rules for frames by what they are, in place of floor 2's by where the builder has put them. The page shared with the
 * guest is not its own: it may map it, and no more.
 */
static bool owns(const struct pv_domain *pv, uint32_t mfn)
{
    const struct frame *frame = frame_find(mfn);

    return frame_is_owned(frame, space_owner(pv->domain)) && !(frame->flags & FRAME_SHARED);
}

/*
 * For update_descriptor, which has checked what it writes: a page of descriptors may have one more. A page table may
 * not, for a descriptor that is not present can have any 63 bits: a fine entry for somebody else's frame.
 */
static bool may_write(const struct pv_domain *pv, uint32_t mfn)
{
    const struct frame *frame = frame_find(mfn);

    return owns(pv, mfn) &&
           (frame->type == FRAME_NONE || frame->type == FRAME_WRITABLE || frame->type == FRAME_SEGMENTS);
}

/*
 * The CPU reads floor 2's copies, so the type protects nobody here. It is taken because the interface promises it: a
 * guest that writes its live GDT fails on Xen, and is to fail here, too.
 */
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

/* From here on floor 2 asks this floor. No guest is there yet, so nothing has been decided by the old rules. */
static void floor3_init(void)
{
    pv_frame_rules = &rules;
    pv_fault_filter = fault_is_spurious;
    mmuext_table_init();
}

/* It recognises what floor 2 does, and is asked first: so all ring-1 guests are built by space_build(). */
static const struct floor floor3 = {
    .level = 3,
    .name = "lab3-mmu",
    .init = floor3_init,
    .domain_destroy = space_destroy,
    .recognise = pv_recognise,
    .build = space_build,
};
FLOOR(floor3);
