/*
 * Traps of ring-1 guests (floor 2).
 */
#ifndef RINGLET_PV_TRAP_H
#define RINGLET_PV_TRAP_H

#include <stdbool.h>
#include <stdint.h>
#include "pv.h"

/* Floor 2's trap hook. False: the vcpu is of another kind, or the trap is not the guest's. */
bool pv_trap(struct vcpu *vcpu, struct trap_frame *frame);

/*
 * For a floor that knows more about page tables: a page fault that it has settled (true) is not bounced. NULL: none.
 * Not a trap hook, for then every trap of every guest would pass by it.
 */
extern bool (*pv_fault_filter)(const struct pv_vcpu *pv, uint32_t error, uint32_t address);

/*
 * Carry out the privileged instruction at CS:EIP (pv_emulate.c). False: it is not one that is, so the #GP stands, and
 * nothing has changed. True: EIP has moved on, stays for the rest of a string, or is a handler's: another exception has
 * been bounced instead.
 */
bool pv_emulate(struct pv_vcpu *pv);

/* A forced CPUID at EIP: carry it out (pv_emulate.c). False: there is none. */
bool pv_emulate_cpuid(struct pv_vcpu *pv);

#endif
