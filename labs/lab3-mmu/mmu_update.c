/*
 * Changing page tables (floor 3): mmu_update, update_va_mapping (abi.md 3.4, 3.5; Xen public header xen.h).
 *
 * A batch is worked on one request at a time: copied in, decided and done by pagetable_update(), which changes nothing
 * when it refuses. At the first error the batch ends, and the guest is told how many were done. Translations that have
 * become too generous are forgotten once, at the end.
 *
 *      request   ptr: machine address of the entry | command in bits 0-1     val: the new entry
 *                 |
 *                 +-> frame -> what is it now?   L1            pagetable_update_l1(): nearly always
 *                                                L2 L3 L2_TOP  pagetable_update(); the L3 in use has a copy to be kept
 *                                                plain page    written, as the guest could do itself
 *                                                descriptors   refused
 *                              not the caller's  refused, and nothing is read from it
 *
 * "Now" is the point: in one batch a page may become a table, and a table a page. What a frame was when the batch began
 * is remembered nowhere.
 */
#include "abi_memory.h"
#include "errors.h"
#include "exercise.h"
#include "frame.h"
#include "guest_copy.h"
#include "hypercall.h"
#include "m2p.h"
#include "mmuext.h"
#include "pagetable.h"
#include "pv_memory.h"
#include "cpu.h"
#include "space.h"

#define BATCH 512 /* requests before others get the CPU: as many as a table has entries */

/* Only one's own memory, by its proper name or by SELF: on behalf of others is for tools that build domains. */
static bool is_self(const struct vcpu *vcpu, uint32_t domain)
{
    return domain == DOMID_SELF || domain == vcpu->domain->id;
}

/*
 * A frame that is no table now: the guest could write it itself, if it had it mapped. With the reference that a mapping
 * would have, so that the frame table decides, and what is to be refused need not be known here.
 */
static int32_t plain_write(uint32_t mfn, uint16_t owner, uint64_t *place, uint64_t value)
{
    int32_t error = frame_get_type(mfn, owner, FRAME_WRITABLE);

    if (error != 0)
        return error;
    *place = value;
    frame_put_type(mfn);
    return 0;
}

/* What is no L1: a table above, or a plain page. Kept out of line, so that the way of an L1 entry is a short one. */
static int32_t __attribute__((noinline)) upper_update(struct vcpu *vcpu, uint32_t mfn, uint64_t *place, uint64_t value)
{
    const struct frame *frame = frame_find(mfn);
    uint32_t index = (uintptr_t)place % PAGE_SIZE / sizeof(*place);
    int32_t error;

    if (frame->flags & FRAME_SHARED)
        return -EINVAL;
    if (frame->type < FRAME_L1 || frame->type > FRAME_L2_TOP)
        return plain_write(mfn, frame->owner, place, value);
    error = pagetable_update(frame, place, value);
    if (error == 0 && frame->type == FRAME_L3 && index < L3_ENTRIES)
        space_slot_changed(pv_of(vcpu->domain), mfn, index, value);
    return error;
}

/*
 * The entry at machine address `address`, whose bits 0-2 do not count. The frame is looked up, and its owner asked,
 * before anything is read: the address is any number that the guest likes.
 */
static inline int32_t table_update(struct vcpu *vcpu, uint32_t address, uint64_t value, bool keep_ad)
{
    const struct frame *frame = frame_find(address >> PAGE_SHIFT);
    uint64_t *place = (uint64_t *)(void *)(direct_map + (address & ~7u));

    if (!frame_is_owned(frame, space_owner(vcpu->domain)))
        return -EINVAL;
    if (keep_ad)
        value |= *place & PTE_ACCESSED_DIRTY;
    if (frame->type == FRAME_L1)
        return pagetable_update_l1(place, value, frame->owner);
    return upper_update(vcpu, address >> PAGE_SHIFT, place, value);
}

/*
 * Guests keep the table of their own frames right; a wrong entry misleads nobody but the guest. Not for the page that
 * is shared with it: that has no number among the guest's.
 */
static int32_t machphys_update(struct vcpu *vcpu, uint32_t address, uint64_t value)
{
    uint32_t mfn = address >> PAGE_SHIFT;

    if (!pv_owns(pv_of(vcpu->domain), mfn))
        return -EINVAL;
    m2p_set((mfn_t){ mfn }, (uint32_t)value);
    return 0;
}

/* Each word of the request is read once: it may lie in the very table that is changed. No frame lies above 4 GiB. */
static inline int32_t request_do(struct vcpu *vcpu, const struct mmu_update *request)
{
    uint32_t address = (uint32_t)request->ptr;
    uint64_t value = request->val;

    if (request->ptr >> 32 != 0)
        return -EINVAL;
    if ((address & 3) == MMU_MACHPHYS_UPDATE)
        return machphys_update(vcpu, address, value);
    if ((address & 3) == MMU_PT_UPDATE_NO_TRANSLATE)
        return -ENOSYS;
    return table_update(vcpu, address, value, (address & 3) == MMU_PT_UPDATE_PRESERVE_AD);
}

/*
 * The requests at guest address `from`, as many of `count` as lie in its page: *list points to them where they are, or
 * to a copy of one that lies in two pages. 0: they cannot be read. One walk for up to 256 of them.
 */
static uint32_t requests_find(const struct pv_vcpu *pv, uint32_t from, uint32_t count, struct mmu_update *buffer,
                              const struct mmu_update **list)
{
    uint32_t whole = (PAGE_SIZE - from % PAGE_SIZE) / sizeof(*buffer);

    *list = guest_window(pv, from, sizeof(*buffer), false);
    if (*list != NULL)
        return count < whole ? count : whole;
    *list = buffer;
    return copy_from_guest(pv, buffer, from, sizeof(*buffer)) == 0 ? 1 : 0;
}

/*
 * Exercise 3.4: do requests (request_do()) until one fails or `count` of them are done; how many were done goes to
 * *done. requests_find() gives some at a time (none: -EFAULT). 0, or the error of the one that failed.
 */
static int32_t requests_do(struct vcpu *vcpu, uint32_t from, uint32_t count, uint32_t *done)
{
    (void)vcpu, (void)from, (void)count, (void)done, (void)requests_find, (void)request_do;
    EXERCISE("3.4");
}

/*
 * mmu_update(requests, count, done, domain), only for one's own memory. Not more than BATCH at a time: the guest then
 * makes the call again with the rest, known by COUNT_GOES_ON, and `done` counts on.
 */
static int32_t mmu_update(struct vcpu *vcpu, const uint32_t args[6])
{
    uint32_t count = args[1] & ~COUNT_GOES_ON, part = count < BATCH ? count : BATCH, done;
    int32_t error;

    if (!is_self(vcpu, args[3]))
        return -EPERM;
    /* Before anybody is told: what has been done is done, also when `done` cannot be written. */
    error = requests_do(vcpu, args[0], part, &done);
    space_flush();
    pv_vcpu_of(vcpu)->call_was_long = part > HYPERCALL_BATCH;
    if (done_tell(pv_vcpu_of(vcpu), args, done) != 0)
        error = -EFAULT;
    if (error != 0 || done == count)
        return hypercall_end(vcpu, error);
    return hypercall_again(vcpu, HYPERCALL_MMU_UPDATE, args[0] + done * sizeof(struct mmu_update),
                           (count - done) | COUNT_GOES_ON);
}
HYPERCALL(HYPERCALL_MMU_UPDATE, mmu_update);

/*
 * The L1 that maps `address` in the tables that are in use, as a frame; MFN_NONE: there is none. Walked each time, from
 * the copy that is loaded: a translation remembered from before a change of the L3 would lead to the wrong L1 (abi.md
 * 3.5). Below HYPERVISOR_VIRT_START all of the tables are the guest's, validated, so that every entry names a frame.
 */
static mfn_t l1_find(const struct pv_vcpu *pv, uint32_t address)
{
    uint32_t entry = (uint32_t)pv->pdpt[l3_index(address)];

    if (!(entry & PTE_PRESENT))
        return MFN_NONE;
    entry = (uint32_t)table_of(entry)[l2_index(address)];
    return entry & PTE_PRESENT ? (mfn_t){ entry >> PAGE_SHIFT } : MFN_NONE;
}

/*
 * One processor: every kind of flush is one of its own TLB. What is asked for comes on top of what is needed: a guest
 * that says UVMF_NONE after taking a right away must not keep it (frame_tlb_is_stale).
 */
static void flush_as_asked(uint32_t flags, uint32_t address)
{
    if ((flags & UVMF_FLUSHTYPE_MASK) == UVMF_TLB_FLUSH)
        frame_tlb_is_stale = true;
    else if ((flags & UVMF_FLUSHTYPE_MASK) == UVMF_INVLPG)
        page_invalidate(address);
}

/*
 * Exercise 3.5: update_va_mapping(address, entry's low half, high half, flags): pagetable_update() on the L1 that maps
 * the address (l1_find()). At or above HYPERVISOR_VIRT_START, or without an L1, it is -EINVAL. Then flush_as_asked(),
 * and space_flush().
 */
static int32_t update_va_mapping(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args, (void)l1_find, (void)flush_as_asked;
    EXERCISE("3.5");
}
HYPERCALL(HYPERCALL_UPDATE_VA_MAPPING, update_va_mapping);
