/*
 * What a guest may have in its GDT or LDT (floor 2). Pure: nothing here reads or changes the hypervisor's state, so the
 * rules are unit-tested on the host, over every type and every boundary. Called by set_gdt, update_descriptor and the
 * loading of an LDT, always on a copy: the guest cannot change what was judged. Rules: abi.md 2.2 and 2.7.
 */
#ifndef RINGLET_DESCRIPTOR_H
#define RINGLET_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "segments.h"

/* No offset of a guest's segment leads here or above: the last thing below is the machine-to-physical table. */
#define GUEST_SEGMENT_END GATE_BASE

/*
 * A base nearer to the end than this is refused: the shortest limit in pages still fits below the end. Also, where the
 * last valid offset is 0xffffffff, a CPU may let an access go on at offset 0 (SDM vol. 3 section 5.3): still no harm.
 */
#define GUEST_BASE_END (GUEST_SEGMENT_END - PAGE_SIZE)

/* Bits of a packed descriptor that struct segment (floor 1) does not keep. */
#define DESCRIPTOR_LIMIT_BITS   0x000f00000000ffffull /* the limit, in its two pieces */
#define DESCRIPTOR_DPL_1        (1ull << 45) /* the low bit of the DPL */
#define DESCRIPTOR_ACCESSED     (1ull << 40)
#define DESCRIPTOR_LONG         (1ull << 53) /* L: 64-bit code; reserved on a 32-bit machine */
#define DESCRIPTOR_PAGES        (1ull << 55) /* G: the limit counts pages of 4 KiB */
#define GATE_SELECTOR_SHIFT     16
#define GATE_PARAMETER_RESERVED (0xe0ull << 32) /* above the five bits of the parameter count */

#define GATE_CALL 0x0c /* type of a 32-bit call gate */

/*
 * Decide whether a guest's descriptor may stand in its GDT or LDT. False: it is refused, *descriptor is unchanged.
 * True: *descriptor is what has to be stored, which differs where a rule says "raise", "truncate" or "set".
 */
bool descriptor_check(uint64_t *descriptor);

/* The two halves of the check, for a present descriptor whose DPL is 1 or more; results as above. */
bool descriptor_check_gate(uint64_t *descriptor);
bool descriptor_check_segment(uint64_t *descriptor);

/* The same descriptor with a limit of `pages` pages, 1 to 0x100000. It has to count in pages already (G). */
uint64_t descriptor_limit(uint64_t descriptor, uint32_t pages);

/* The segments every guest finds at 0xe019 to 0xe033: base 0, up to GUEST_SEGMENT_END, for ring 1 or 3. */
uint64_t descriptor_flat(unsigned ring, bool is_code);

#endif
