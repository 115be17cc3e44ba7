/*
 * Privileged instructions of ring-1 guests (floor 2): what the handlers in pv_emulate*.c share.
 */
#ifndef RINGLET_PV_EMULATE_H
#define RINGLET_PV_EMULATE_H

#include <stdbool.h>
#include "decode.h"
#include "pv.h"

/* What became of an instruction. */
enum pv_outcome {
    PV_REFUSED, /* not for this guest, nothing has changed: the #GP stands */
    PV_DONE,    /* EIP moves on */
    PV_STAYS    /* EIP is what it is to be: part of a string is left, or a fault has been bounced */
};

/* Each carries out one instruction, all but EIP. */
typedef enum pv_outcome pv_instruction(struct pv_vcpu *pv, const struct insn *insn);

/* pv_emulate_port.c */
pv_instruction pv_in, pv_out, pv_ins, pv_outs;

/* May the ring that was interrupted use I/O instructions at all; and this port? */
bool pv_may_use_ports(const struct pv_vcpu *pv);
bool pv_may_use_port(const struct pv_vcpu *pv, uint16_t port, unsigned size);

/* pv_emulate_system.c */
pv_instruction pv_cr_read, pv_cr_write, pv_dr_read, pv_dr_write, pv_rdmsr, pv_wrmsr;

#endif
