/*
 * Non-maskable interrupts (floor 2): the machine's, handed to the first domain if it wants them.
 */
#ifndef RINGLET_NMI_H
#define RINGLET_NMI_H

#include <stdbool.h>
#include "pv.h"

/* The CPU took an NMI. False: nobody wants it, so it is the hypervisor's trouble. */
bool nmi_receive(void);

/* At each tick: whoever waits while one is pending is woken. */
void nmi_tick(void);

/* Before `pv` runs: deliver one that is pending, unless one is being handled. */
void nmi_deliver(struct pv_vcpu *pv);

#endif
