/*
 * Single steps that the guest must not notice (floor 1).
 */
#ifndef RINGLET_BARE_STEP_H
#define RINGLET_BARE_STEP_H

#include <stdbool.h>

struct bare;

/* Before TF is set for the instruction at EIP. False: that instruction sets the guest's own TF and must run without. */
bool bare_step_prepare(struct bare *guest);

/* That instruction is done: take our TF out of what it may have pushed. */
void bare_step_settle(struct bare *guest);

#endif
