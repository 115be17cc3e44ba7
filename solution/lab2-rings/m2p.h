/*
 * The machine-to-physical table (floor 2): for each machine frame the number its owner knows it by. Guests read it at
 * 0xF5800000 (abi.md 3.1), where it is mapped read-only.
 */
#ifndef RINGLET_M2P_H
#define RINGLET_M2P_H

#include <stdint.h>
#include "frames.h"

#define M2P_INVALID 0xffffffffu /* the frame is no guest's */

/* Map it for all guests to come. Boot only, before isolation_fill_top() is first used. */
void m2p_init(void);

void m2p_set(mfn_t mfn, uint32_t pfn);

/* M2P_INVALID for numbers beyond the RAM we use, too: they come from guests. */
uint32_t m2p_get(uint32_t mfn);

#endif
