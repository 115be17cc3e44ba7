/*
 * mmuext_op (floor 2): only the LDT's load is this floor's; the page tables' operations are floor 3's.
 */
#ifndef RINGLET_MMUEXT_H
#define RINGLET_MMUEXT_H

#include "abi_memory.h"
#include "pv.h"

/* What carries out the other operations: 0 or a negative errno. NULL until a higher floor sets it. */
extern int32_t (*mmuext_upper)(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain);

/* Of the count, when the call is made again: what `done` points to has been begun. Xen's MMU_UPDATE_PREEMPTED. */
#define COUNT_GOES_ON 0x80000000u

/*
 * Tell the guest at args[2] (0: it does not want to know) how many entries of its list have been done, counting on where
 * args[1] says so. 0 or -EFAULT. For lists of the form (list, count, done, domain).
 */
int32_t done_tell(const struct pv_vcpu *pv, const uint32_t args[6], uint32_t done);

#endif
