/*
 * mmuext_op (floor 2): a list of operations about page tables, among which Xen has put the load of an LDT. That one is
 * this floor's; the others wait for floor 3, which hangs itself in behind mmuext_upper.
 */
#include "mmuext.h"
#include <stddef.h>
#include "descriptor_tables.h"
#include "errors.h"
#include "guest_copy.h"
#include "hypercall.h"

/*
 * A pointer and not a table: there is one floor above this one that knows about page tables. NULL: not in this image.
 */
int32_t (*mmuext_upper)(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain);

/* `domain` is on whose behalf, for tools that build other domains; an LDT is always the caller's. */
static int32_t operation(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain)
{
    if (op->cmd == MMUEXT_SET_LDT)
        return ldt_load(pv_vcpu_of(vcpu), op->arg1, op->arg2); /* address, entries */
    if (mmuext_upper != NULL)
        return mmuext_upper(vcpu, op, domain);
    hypercall_missing(vcpu, HYPERCALL_MMUEXT_OP); /* told once: the call is there, its other commands are not */
    return -ENOSYS;
}

/* How many have been done goes to the guest when it wants to know, after the first that failed too. */
int32_t done_tell(const struct pv_vcpu *pv, const uint32_t args[6], uint32_t done)
{
    uint32_t before = 0;

    if (args[2] == 0)
        return 0;
    if ((args[1] & COUNT_GOES_ON) && copy_from_guest(pv, &before, args[2], sizeof(before)) != 0)
        return -EFAULT;
    before += done;
    return copy_to_guest(pv, args[2], &before, sizeof(before));
}

/*
 * mmuext_op(list, count, done, domain). The count is the guest's, so it is done in batches (hypercall_again), of which
 * the later ones are known by COUNT_GOES_ON. The first error ends the list, and `done` says where; what was done stays.
 */
static int32_t mmuext_op(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    struct mmuext_op op;
    uint32_t count = args[1] & ~COUNT_GOES_ON, done;
    int32_t error = 0;

    pv->call_was_long = false;
    for (done = 0; done < count && done < HYPERCALL_BATCH && !pv->call_was_long; done++) {
        error = copy_from_guest(pv, &op, args[0] + done * sizeof(op), sizeof(op));
        if (error == 0)
            error = operation(vcpu, &op, args[3]);
        if (error != 0)
            break;
    }
    if (done_tell(pv, args, done) != 0)
        error = -EFAULT;
    if (error != 0 || done == count)
        return hypercall_end(vcpu, error);
    return hypercall_again(vcpu, HYPERCALL_MMUEXT_OP, args[0] + done * sizeof(op), (count - done) | COUNT_GOES_ON);
}
HYPERCALL(HYPERCALL_MMUEXT_OP, mmuext_op);
