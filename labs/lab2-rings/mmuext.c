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

int32_t (*mmuext_upper)(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain);

static int32_t operation(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain)
{
    if (op->cmd == MMUEXT_SET_LDT)
        return ldt_load(pv_vcpu_of(vcpu), op->arg1, op->arg2);
    if (mmuext_upper != NULL)
        return mmuext_upper(vcpu, op, domain);
    hypercall_missing(vcpu, HYPERCALL_MMUEXT_OP);
    return -ENOSYS;
}

/* How many have been done goes to the guest when it wants to know, after the first that failed too. */
static int32_t done_tell(struct vcpu *vcpu, uint32_t to, uint32_t done, int32_t error)
{
    if (to != 0 && copy_to_guest(pv_vcpu_of(vcpu), to, &done, sizeof(done)) != 0)
        return -EFAULT;
    return error;
}

/* mmuext_op(list, count, done, domain). The count is the guest's, so it is done in batches (hypercall_again). */
static int32_t mmuext_op(struct vcpu *vcpu, const uint32_t args[6])
{
    struct mmuext_op op;
    uint32_t count = args[1], done;
    int32_t error = 0;

    for (done = 0; done < count && done < HYPERCALL_BATCH; done++) {
        error = copy_from_guest(pv_vcpu_of(vcpu), &op, args[0] + done * sizeof(op), sizeof(op));
        if (error == 0)
            error = operation(vcpu, &op, args[3]);
        if (error != 0)
            break;
    }
    if (error == 0 && done < count && args[2] == 0)
        return hypercall_again(vcpu, HYPERCALL_MMUEXT_OP, args[0] + done * sizeof(op), count - done);
    return done_tell(vcpu, args[2], done, error != 0 || done == count ? error : -E2BIG);
}
HYPERCALL(HYPERCALL_MMUEXT_OP, mmuext_op);
