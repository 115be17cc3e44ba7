/*
 * memory_op (floor 3): giving frames back and getting others (abi.md 3.7; Xen public header memory.h). A domain may
 * have as many frames as it was built with; which ones, it may change at any time.
 *
 * A frame that is given back leaves the domain's list at once, and goes to the allocator when nothing refers to it any
 * more: a guest that forgets to unmap it keeps it from others, but not the hypervisor from knowing whose it is.
 *
 *      list      [ mfn | NONE | mfn | ... ]    frame_count places: the limit; empty ones may be filled again
 *                   |            |
 *      frame table  count >= 1, owner, slot    its place in the list, as long as it is there
 *      M2P          what the guest calls it    the guest's affair: nothing here is decided by it
 *
 * An attack on this file tries to give what is not its own, or the same frame twice, or to get at a frame that has gone
 * to somebody else. The first two fail at the list; the last at the frame table's counts.
 */
#include "abi_memory.h"
#include "errors.h"
#include "exercise.h"
#include "frame.h"
#include "guest_copy.h"
#include "hypercall.h"
#include "m2p.h"
#include "paging.h"
#include "pv_memory.h"
#include "space.h"
#include "text.h"

/*
 * All frames of the domain, those that it has given back and still refers to among them: what counts against its limit.
 * Else a guest could give a frame back that it has mapped, take another, and so on, until all memory is its own.
 */
PER_DOMAIN uint32_t frames_held;

/*
 * The last reference is gone (frame_put()). The M2P must not name a frame that is nobody's: guests read it, and would
 * take it for one of theirs. What is in the frame stays: whoever gives it out again clears it.
 */
void frame_release(uint32_t mfn, uint16_t owner)
{
    (*domain_data(domain_find((uint16_t)(owner - 1)), frames_held))--;
    m2p_set((mfn_t){ mfn }, M2P_INVALID);
    frame_free((mfn_t){ mfn });
}

/*
 * A place in the list that is empty; frame_count when there is none: then the domain holds all that it may. The list is
 * searched from its start: ballooning is rare, and a list of free places would be one more thing to keep right.
 */
static uint32_t slot_find(const struct pv_domain *pv)
{
    uint32_t slot = 0;

    while (slot < pv->frame_count && !mfn_is_none(pv->frames[slot]))
        slot++;
    return slot;
}

/*
 * Exercise 3.8: give frame `mfn` back. It must be one of the domain's list, not the shared page, and not given before
 * (pv->frames[frame->slot]); else -EINVAL. Its place in the list is empty from now on, and the reference that it was
 * given with goes. Others may still hold it: then it stays the domain's until they let go.
 */
static int32_t frame_decrease(struct vcpu *vcpu, uint32_t mfn)
{
    (void)vcpu, (void)mfn;
    EXERCISE("3.8");
}

/*
 * Exercise 3.8: a zeroed frame (table_alloc()) into an empty place of the list (slot_find()), known by `pfn` in the
 * M2P; its number goes to *mfn. -ENOMEM when the domain holds (frames_held) all that it may have, or there is none.
 */
static int32_t frame_increase(struct vcpu *vcpu, uint32_t pfn, uint32_t *mfn)
{
    (void)vcpu, (void)pfn, (void)mfn, (void)slot_find;
    EXERCISE("3.8");
}

/*
 * One extent: its place in the guest's list is read, and for those that give frames written. That the place can be
 * written is looked up before: a frame whose number nobody has been told is lost to the guest, though it counts.
 */
static int32_t extent_do(struct vcpu *vcpu, uint32_t command, uint32_t place)
{
    const struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    uint32_t number;
    int32_t error = copy_from_guest(pv, &number, place, sizeof(number));

    if (error != 0)
        return error;
    if (command == MEMORY_DECREASE_RESERVATION)
        return frame_decrease(vcpu, number);
    if (guest_window(pv, place, sizeof(number), true) == NULL)
        return -EFAULT;
    error = frame_increase(vcpu, command == MEMORY_POPULATE_PHYSMAP ? number : M2P_INVALID, &number);
    return error != 0 ? error : copy_to_guest(pv, place, &number, sizeof(number));
}

/*
 * One's own reservation, or the most that it may be. Frames given back and still referred to are in neither: they are
 * the domain's, but it has let go of them.
 */
static int32_t reservation_read(struct vcpu *vcpu, uint32_t command, uint32_t pointer)
{
    const struct pv_domain *pv = pv_of(vcpu->domain);
    struct xen_memory_domain request;

    if (copy_from_guest(pv_vcpu_of(vcpu), &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (request.domid != DOMID_SELF && request.domid != vcpu->domain->id)
        return -EPERM;
    return (int32_t)(command == MEMORY_CURRENT_RESERVATION ? *domain_data(pv->domain, frames_held) : pv->frame_count);
}

/*
 * Returns how many extents were done: fewer than asked for when one fails, or when it would take too long. The guest's
 * structure is copied once; the list behind it is read as it is worked on, for each number is decided by itself.
 */
static int32_t reservation_change(struct vcpu *vcpu, uint32_t command, uint32_t pointer)
{
    struct xen_memory_reservation request;
    uint32_t done;

    if (copy_from_guest(pv_vcpu_of(vcpu), &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (request.domid != DOMID_SELF && request.domid != vcpu->domain->id)
        return -EPERM;
    if (request.extent_order != 0)
        return 0; /* frames one by one is all there is */
    for (done = 0; done < request.nr_extents && done < HYPERCALL_BATCH; done++)
        if (extent_do(vcpu, command, request.extent_start + done * 4) != 0)
            break;
    space_flush();
    return (int32_t)done;
}

/* Where a guest finds the machine-to-physical table: constants of the address space (layout.h). */
static int32_t machphys_mapping(struct vcpu *vcpu, uint32_t pointer)
{
    const struct xen_machphys_mapping mapping = { MACH2PHYS_VIRT_START, MACH2PHYS_VIRT_END, FRAMES_MAX - 1 };

    return copy_to_guest(pv_vcpu_of(vcpu), pointer, &mapping, sizeof(mapping));
}

/* memory_op(command, guest address of its structure). What is not here, a guest can do without (abi.md 3.7). */
static int32_t memory_op(struct vcpu *vcpu, const uint32_t args[6])
{
    switch (args[0]) {
    case MEMORY_INCREASE_RESERVATION:
    case MEMORY_DECREASE_RESERVATION:
    case MEMORY_POPULATE_PHYSMAP:
        return reservation_change(vcpu, args[0], args[1]);
    case MEMORY_MAXIMUM_RAM_PAGE:
        return FRAMES_MAX - 1;
    case MEMORY_CURRENT_RESERVATION:
    case MEMORY_MAXIMUM_RESERVATION:
        return reservation_read(vcpu, args[0], args[1]);
    case MEMORY_MACHPHYS_MAPPING:
        return machphys_mapping(vcpu, args[1]);
    default:
        return -ENOSYS;
    }
}
HYPERCALL(HYPERCALL_MEMORY_OP, memory_op);
