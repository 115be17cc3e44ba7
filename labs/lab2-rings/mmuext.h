/*
 * mmuext_op (floor 2): only the LDT's load is this floor's; the page tables' operations are floor 3's.
 */
#ifndef RINGLET_MMUEXT_H
#define RINGLET_MMUEXT_H

#include "abi_memory.h"
#include "pv.h"

/* What carries out the other operations: 0 or a negative errno. NULL until a higher floor sets it. */
extern int32_t (*mmuext_upper)(struct vcpu *vcpu, const struct mmuext_op *op, uint32_t domain);

#endif
