/*
 * Bringing a ring-1 guest's part of the CPU in and out (floor 2): all that is not in its trap frame.
 */
#ifndef RINGLET_PV_SWITCH_H
#define RINGLET_PV_SWITCH_H

#include "pv.h"

/* Floor 2's before_resume: `vcpu`, of whatever kind, is about to run. */
void pv_before_resume(struct vcpu *vcpu);

/* What pv_before_resume() has loaded of this vcpu is out of date: load it again before it runs. */
void pv_switch_again(const struct pv_vcpu *pv);

/* The domain is going away: the CPU must not know it any more. */
void pv_switch_forget(const struct domain *domain);

#endif
