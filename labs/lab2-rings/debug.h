/*
 * Debug registers of ring-1 guests (floor 2): the real ones, within the rules of debug_registers.h.
 */
#ifndef RINGLET_DEBUG_H
#define RINGLET_DEBUG_H

#include "pv.h"

/* Load this vcpu's debug registers, or with NULL switch all breakpoints off. */
void debug_load(const struct pv_vcpu *pv);

/* #DB came: take over what the real DR6 says, and clear it. */
void debug_note(struct pv_vcpu *pv);

/* Registers 0-7 as the guest sees them. 0 or a negative errno; a refused write changes nothing. */
int32_t debug_register_write(struct pv_vcpu *pv, unsigned number, uint32_t value);
int32_t debug_register_read(const struct pv_vcpu *pv, unsigned number, uint32_t *value);

#endif
