/*
 * mmuext_op's operations on page tables (floor 3; abi.md 3.6). The list itself is walked by floor 2 (mmuext.c). Owns
 * the mark FRAME_PINNED.
 *
 * How a guest gets from one address space to another, and what each step holds (type references of the L3):
 *
 *                          old L3    new L3
 *      pin the new one     pin, base pin            validated: all of its tables are, from here on
 *      new base            pin       pin, base
 *      unpin the old one   -         pin, base      all that only it referred to are plain pages again
 *
 * Without the pins the same works, but each change of address space validates one whole tree and drops another.
 */
#include "mmuext_table.h"
#include <stddef.h>
#include "cpu.h"
#include "errors.h"
#include "exercise.h"
#include "frame.h"
#include "mmuext.h"
#include "paging.h"
#include "space.h"
#include "text.h"

/*
 * Exercise 3.6: a pin keeps a table validated while nothing refers to it; switching to it then costs next to nothing.
 * One type reference, and FRAME_PINNED. Not the domain's, or pinned already: -EINVAL. A mark and not a count: a guest
 * cannot pin a table twice, so there is nothing that could overflow, and the end of the domain finds all pins.
 */
static int32_t table_pin(struct vcpu *vcpu, uint32_t mfn, enum frame_type type)
{
    (void)vcpu, (void)mfn, (void)type;
    EXERCISE("3.6");
}

/*
 * Exercise 3.6: the reverse; -EINVAL if it is not the domain's, or not pinned. Without the second test a guest could
 * drop a reference that its own tables hold: a table in use would become a page that it can write.
 */
static int32_t table_unpin(struct vcpu *vcpu, uint32_t mfn)
{
    (void)vcpu, (void)mfn;
    EXERCISE("3.6");
}

/*
 * Only what the guest could write is written for it; a type reference for the while makes sure of that. A page table
 * written here without it would hold what nobody has looked at.
 */
static int32_t page_clear(struct vcpu *vcpu, uint32_t mfn)
{
    int32_t error = frame_get_type(mfn, space_owner(vcpu->domain), FRAME_WRITABLE);

    if (error != 0)
        return error;
    memset(mfn_pointer((mfn_t){ mfn }), 0, PAGE_SIZE);
    frame_put_type(mfn);
    return 0;
}

/* What is read needs only to be the guest's: it may be a table, or mapped by somebody who writes it. */
static int32_t page_copy_to(struct vcpu *vcpu, uint32_t to, uint32_t from)
{
    int32_t error = frame_get(from, space_owner(vcpu->domain));

    if (error != 0)
        return error;
    error = frame_get_type(to, space_owner(vcpu->domain), FRAME_WRITABLE);
    if (error == 0) {
        memmove(mfn_pointer((mfn_t){ to }), mfn_pointer((mfn_t){ from }), PAGE_SIZE);
        frame_put_type(to);
    }
    frame_put(from);
    return error;
}

/*
 * One processor, so all of them are about its own TLB, and the bitmaps of vcpus say nothing. INVLPG takes any address,
 * ours too: what it makes the CPU forget is read from the tables again.
 */
static int32_t flush(const struct mmuext_op *op)
{
    if (op->cmd == MMUEXT_INVLPG_LOCAL || op->cmd == MMUEXT_INVLPG_MULTI || op->cmd == MMUEXT_INVLPG_ALL)
        page_invalidate(op->arg1);
    else
        frame_tlb_is_stale = true;
    return 0;
}

/*
 * One operation. An mfn is any number that the guest likes: each of them asks the frame table whose it is.
 *
 *      pin L1, L2, L3; unpin      a type reference of the guest's own           -EINVAL, -EBUSY, what validation found
 *      new base                   that of the vcpu's base, moved                the same; the old one stays
 *      flush, invlpg              none                                          never fails
 *      clear, copy                one to write for the while, one to read       -EINVAL, -EBUSY
 */
static int32_t table_operation(struct vcpu *vcpu, const struct mmuext_op *op)
{
    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE:
        return table_pin(vcpu, op->arg1, FRAME_L1);
    case MMUEXT_PIN_L2_TABLE:
        return table_pin(vcpu, op->arg1, FRAME_L2);
    case MMUEXT_PIN_L3_TABLE:
        return table_pin(vcpu, op->arg1, FRAME_L3);
    case MMUEXT_UNPIN_TABLE:
        return table_unpin(vcpu, op->arg1);
    case MMUEXT_NEW_BASEPTR:
        return space_switch(pv_vcpu_of(vcpu), op->arg1);
    case MMUEXT_TLB_FLUSH_LOCAL: case MMUEXT_TLB_FLUSH_MULTI: case MMUEXT_TLB_FLUSH_ALL:
    case MMUEXT_INVLPG_LOCAL: case MMUEXT_INVLPG_MULTI: case MMUEXT_INVLPG_ALL:
        return flush(op);
    case MMUEXT_FLUSH_CACHE: case MMUEXT_FLUSH_CACHE_GLOBAL:
        return 0; /* x86 keeps caches coherent with all that a guest can do: it has no devices, and no PCD or PWT */
    case MMUEXT_CLEAR_PAGE:
        return page_clear(vcpu, op->arg1);
    case MMUEXT_COPY_PAGE:
        return page_copy_to(vcpu, op->arg1, op->arg2);
    case MMUEXT_MARK_SUPER: case MMUEXT_UNMARK_SUPER:
        return -ENOSYS;
    default:
        return -EINVAL; /* L4s and user bases are for 64-bit guests */
    }
}

/* Behind floor 2's mmuext_op. Flushed after each: the guest's next trap may be far away, the next operation is not. */
static int32_t operation_upper(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain)
{
    int32_t error;

    if (domain != DOMID_SELF && domain != vcpu->domain->id)
        return -EPERM;
    error = table_operation(vcpu, op);
    space_flush();
    return error;
}

/* Floor 2 keeps the load of an LDT for itself, and passes on everything else. */
void mmuext_table_init(void)
{
    mmuext_upper = operation_upper;
}
