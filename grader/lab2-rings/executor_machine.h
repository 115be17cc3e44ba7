/*
 * Lab 2's executor: the fake machine of executor_machine.c, for the operations in executor_ring.c. The student's
 * headers are in force here.
 */
#ifndef RINGLET_EXECUTOR_MACHINE_H
#define RINGLET_EXECUTOR_MACHINE_H

#include "pv.h"
#include "wire.h"

/* One guest, built anew for each request. */
extern struct trap_frame machine_frame;
extern struct domain machine_domain;
extern struct pv_vcpu machine_vcpu;

/* Build it; everything that is called from then on is recorded in *out. Write what became of it into *out. */
void machine_build(const struct wire_request *in, struct wire_outcome *out);
void machine_report(void);

struct pv_handler handler_in(const struct wire_handler *in);
struct wire_handler handler_out(const struct pv_handler *handler);

#endif
