/*
 * The fast trap (floor 2): INT 0x80 from ring 3 straight into ring 1, without us.
 */
#ifndef RINGLET_FAST_TRAP_H
#define RINGLET_FAST_TRAP_H

#include "pv.h"

#define FAST_TRAP_VECTOR 0x80

/* The handler for INT 0x80 or the kernel's stack has changed: the gate with them. */
void fast_trap_update(struct pv_vcpu *pv);

/* Put the gate and the stack for it in place, for the vcpu that runs next; with NULL, take them away. */
void fast_trap_install(const struct pv_vcpu *pv);

/* The gate for a handler: a packed trap gate, or 0 when none may stand in the IDT. Pure. */
uint64_t fast_trap_gate(const struct pv_handler *handler);

#endif
