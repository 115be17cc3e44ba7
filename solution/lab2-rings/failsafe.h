/*
 * What happens at the very edge between ring 0 and a guest (floor 2).
 */
#ifndef RINGLET_FAILSAFE_H
#define RINGLET_FAILSAFE_H

#include <stdbool.h>

struct trap_frame;

/* Floor 2's edge hook: a trap in ring 0. True: settled, go back to where it was; does not return for a bad exit. */
bool failsafe_edge(struct trap_frame *frame);

#endif
