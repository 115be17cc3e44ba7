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
 * Exercise 3.4: do requests until one fails, or `count` of them are done; *error is what the last one came to, and the
 * result how many were done. requests_find() gives some at a time (none: -EFAULT). Each is copied before it is looked
 * at: the list may lie in the very table that is changed.
 */
static uint32_t requests_do(struct vcpu *vcpu, uint32_t from, uint32_t count, int32_t *error)
{
    (void)vcpu, (void)from, (void)count, (void)error, (void)requests_find, (void)request_do;
    EXERCISE("3.4");
}

/*
 * mmu_update(requests, count, done, domain), only for one's own memory. Not more than BATCH at a time: if nobody wants
 * to know how many were done, the guest makes the call again with the rest; otherwise it is told, and does it itself.
 */
static int32_t mmu_update(struct vcpu *vcpu, const uint32_t args[6])
{
    uint32_t count = args[1] < BATCH ? args[1] : BATCH, done;
    int32_t error;

    if (!is_self(vcpu, args[3]))
        return -EPERM;
    done = requests_do(vcpu, args[0], count, &error);
    space_flush();
    if (error == 0 && done < args[1] && args[2] == 0)
        return hypercall_again(vcpu, HYPERCALL_MMU_UPDATE, args[0] + done * sizeof(struct mmu_update), args[1] - done);
    if (args[2] != 0 && copy_to_guest(pv_vcpu_of(vcpu), args[2], &done, sizeof(done)) != 0)
        return -EFAULT;
    return error != 0 || done == args[1] ? error : -E2BIG;
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
