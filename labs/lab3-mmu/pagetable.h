/*
 * Validated page tables (floor 3): what may stand in an entry, and what it refers to.
 */
#ifndef RINGLET_PAGETABLE_H
#define RINGLET_PAGETABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "frame.h"

/*
 * Take the references of all entries of a frame that is becoming a table of this type. 0 or the first entry's error:
 * then none is held. For FRAME_SEGMENTS all descriptors are checked and made storable.
 */
int32_t pagetable_validate(uint32_t mfn, uint16_t owner, enum frame_type type);
void pagetable_invalidate(uint32_t mfn, enum frame_type type);

/*
 * Replace entry `index` of a validated table by `entry`: check it, take its references, write it, drop the old ones.
 * With keep_ad the accessed and dirty bits stay as they are. 0 or an error: then nothing has changed.
 */
int32_t pagetable_update(uint32_t mfn, uint32_t index, uint64_t entry, bool keep_ad);

#endif
