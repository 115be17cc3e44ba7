/*
 * Changing page tables (floor 3): mmu_update, update_va_mapping (abi.md 3.4, 3.5; Xen public header xen.h).
 *
 * A batch is worked on one request at a time: copied in, decided and done by pagetable_update(), which changes nothing
 * when it refuses. At the first error the batch ends, and the guest is told how many were done. Translations that have
 * become too generous are forgotten once, at the end.
 */
#include "abi_memory.h"
#include "errors.h"
#include "exercise.h"
#include "frame.h"
#include "guest_copy.h"
#include "hypercall.h"
#include "m2p.h"
#include "pagetable.h"
#include "pv_memory.h"
#include "cpu.h"
#include "space.h"

#define BATCH 512 /* requests before others get the CPU: as many as a table has entries */

/* Only one's own memory, by its proper name or by SELF. */
static bool is_self(const struct vcpu *vcpu, uint32_t domain)
{
    return domain == DOMID_SELF || domain == vcpu->domain->id;
}

/* A frame that is no table now: the guest could write it itself, if it had it mapped. */
static int32_t plain_write(uint32_t mfn, uint16_t owner, uint32_t index, uint64_t value)
{
    int32_t error = frame_get_type(mfn, owner, FRAME_WRITABLE);

    if (error != 0)
        return error;
    ((uint64_t *)mfn_pointer((mfn_t){ mfn }))[index] = value;
    frame_put_type(mfn);
    return 0;
}

static int32_t table_update(struct vcpu *vcpu, uint64_t address, uint64_t value, bool keep_ad)
{
    uint32_t mfn = (uint32_t)(address >> PAGE_SHIFT), index = (uint32_t)address % PAGE_SIZE / 8;
    const struct frame *frame = frame_find(mfn);
    int32_t error;

    if (address >> 32 != 0 || !frame_is_owned(frame, space_owner(vcpu->domain)) || (frame->flags & FRAME_SHARED))
        return -EINVAL;
    if (frame->type < FRAME_L1 || frame->type > FRAME_L2_TOP)
        return plain_write(mfn, space_owner(vcpu->domain), index, value);
    error = pagetable_update(mfn, index, value, keep_ad);
    if (error == 0 && frame->type == FRAME_L3 && index < L3_ENTRIES)
        space_slot_changed(pv_of(vcpu->domain), mfn, index, value);
    return error;
}

/* Guests keep the table of their own frames right; a wrong entry misleads nobody but the guest. */
static int32_t machphys_update(struct vcpu *vcpu, uint64_t address, uint64_t value)
{
    uint32_t mfn = (uint32_t)(address >> PAGE_SHIFT);

    if (address >> 32 != 0 || !pv_owns(pv_of(vcpu->domain), mfn))
        return -EINVAL;
    m2p_set((mfn_t){ mfn }, (uint32_t)value);
    return 0;
}

static int32_t request_do(struct vcpu *vcpu, const struct mmu_update *request)
{
    uint64_t address = request->ptr & ~3ull;

    switch (request->ptr & 3) {
    case MMU_NORMAL_PT_UPDATE:
        return table_update(vcpu, address & ~7ull, request->val, false);
    case MMU_MACHPHYS_UPDATE:
        return machphys_update(vcpu, address, request->val);
    case MMU_PT_UPDATE_PRESERVE_AD:
        return table_update(vcpu, address & ~7ull, request->val, true);
    default:
        return -ENOSYS;
    }
}

/*
 * Exercise 3.4: mmu_update(requests, count, done, domain). Only for one's own memory (is_self(), else -EPERM). Requests
 * are copied in and done one by one (request_do()) until one fails. Not more than BATCH at a time: if all went well and
 * nobody wants to know how many were done, hypercall_again() with the rest; otherwise the number goes to `done` (if it
 * is not 0), and what could not be done in one go is -E2BIG. One space_flush() for all of them.
 */
static int32_t mmu_update(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args, (void)is_self, (void)request_do;
    EXERCISE("3.4");
}
HYPERCALL(HYPERCALL_MMU_UPDATE, mmu_update);

/* The L1 that maps `address` in the tables that are in use, as a frame; MFN_NONE: there is none. */
static mfn_t l1_find(const struct pv_vcpu *pv, uint32_t address)
{
    uint32_t entry = (uint32_t)pv->pdpt[l3_index(address)];

    if (!(entry & PTE_PRESENT))
        return MFN_NONE;
    entry = (uint32_t)table_of(entry)[l2_index(address)];
    return entry & PTE_PRESENT ? (mfn_t){ entry >> PAGE_SHIFT } : MFN_NONE;
}

/* One processor: every kind of flush is one of its own TLB. */
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
