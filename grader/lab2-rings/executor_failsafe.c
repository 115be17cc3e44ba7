/*
 * Lab 2's executor: the student's failsafe.c (exercise 2.8). Its two functions are static and can be called from here
 * only; their way in, the trap page, is at an address that a program on the host cannot have.
 */
#include "fake_names.h"
#define bounce_deliver fake_bounce_deliver
#include "failsafe.c"

#include "reach.h"

void reach_frame_recover(struct trap_frame *frame, const struct trap_frame *fault, uint32_t popped)
{
    frame_recover(frame, fault, popped);
}

void reach_failsafe_deliver(struct pv_vcpu *pv, uint32_t vector, uint32_t error)
{
    failsafe_deliver(pv, vector, error);
}
