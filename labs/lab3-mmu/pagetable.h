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

/* The frame is no table any more: drop them all. */
void pagetable_invalidate(uint32_t mfn, enum frame_type type);

#define PTE_ACCESSED_DIRTY 0x060u /* bits that the CPU sets by itself */

/*
 * Replace the entry at `place` of the validated table `frame` by `entry`: check it, take its references, write it, drop
 * the old ones. 0 or an error: then nothing has changed. The second form is for what is known to be an L1 of `owner`.
 */
int32_t pagetable_update(const struct frame *frame, uint64_t *place, uint64_t entry);
int32_t pagetable_update_l1(uint64_t *place, uint64_t entry, uint16_t owner);

#endif
