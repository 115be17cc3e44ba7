/*
 * Lab 2's executor: static functions of the student's that executor_failsafe.c makes callable.
 */
#ifndef RINGLET_REACH_H
#define RINGLET_REACH_H

#include "pv.h"

void reach_frame_recover(struct trap_frame *frame, const struct trap_frame *fault, uint32_t popped);
void reach_failsafe_deliver(struct pv_vcpu *pv, uint32_t vector, uint32_t error);

#endif
