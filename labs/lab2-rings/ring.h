/*
 * The ways in and out that ring-1 guests need (floor 2, ring.S): addresses in the gate area, for IDT gates and for
 * segments_paths_set(); none of them is to be called from C but ring_probe().
 */
#ifndef RINGLET_RING_H
#define RINGLET_RING_H

#include <stdint.h>

struct trap_frame;


/* Hypercalls: stub, way in and way out in one; without and with a change of address space. */
extern const uint8_t ring_hypercall_in[], ring_paged_hypercall_in[];

/* All other traps in paging mode: what follows the stubs, and what entry_resume goes on with. */
extern const uint8_t ring_paged_in[], ring_paged_out[];

/* Called by the two hypercall paths (hypercall.c). */
void ring_hypercall(struct trap_frame *frame);

/* Read one byte at `offset` of segment `selector`; the load may fault, and is then skipped (isolation.c). */
void ring_probe(uint32_t selector, uint32_t offset);
extern const uint8_t ring_probe_load[], ring_probe_done[];

#endif
