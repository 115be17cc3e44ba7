/*
 * What a guest may have in its GDT or LDT (floor 2; called when a guest sets either). Pure functions over 64 bits.
 *
 * Invariant: whatever rings 1 to 3 load after a check here, no byte they can name through it lies at or above
 * GUEST_SEGMENT_END, and no way through it ends in ring 0. In segments mode that is the wall around the hypervisor
 * (paging cannot tell ring 1 from ring 0); in paging mode it still keeps ring 0 closed.
 *
 *      0xffffffff +--------------+
 *                 | hypervisor   |                  A segment that grows up is valid from its base to base + limit.
 *                 | gate area    |                  One that expands down (a data segment with type bit 2) is valid
 *      0xf6800000 +--------------+  SEGMENT_END     where the other is not: from limit + 1 up to offset 0xffff
 *                 | M2P, read-   |                  (B clear) or 0xffffffff (B set), SDM vol. 3 section 5.3. The sum
 *                 | only         |                  with the base wraps at 4 GiB, so with B set the last byte is
 *      0xf5800000 +--------------+                  always base - 1: only a high enough limit keeps the part that
 *                 | the guest's  |                  comes before the wrap, and with it the hypervisor, out.
 *      0x00000000 +--------------+
 */
#include "descriptor.h"

#include "abi_cpu.h"
#include "exercise.h"

/* What is left of a segment is what fits, in whole pages: granularity stays as the guest chose it. */
uint64_t descriptor_limit(uint64_t descriptor, uint32_t pages)
{
    uint32_t limit = pages - 1;

    return (descriptor & ~DESCRIPTOR_LIMIT_BITS) | (limit & 0xffff) | (uint64_t)(limit & 0xf0000) << 32;
}

/*
 * Exercise 2.1: descriptor_flat() and the three checks below it. First the segments every guest is given: base 0, the
 * last valid byte just below GUEST_SEGMENT_END, present, DPL `ring`, 32-bit; code readable, data writable. Floor 1's
 * segment_pack() and its SEGMENT_ names do the packing.
 * The accessed bit is set: the CPU would set it at the first load, by a write to the table as strong as a supervisor's.
 * Ring 1 sees our tables through read-only pages in paging mode, and CR0.WP makes that write a page fault.
 */
uint64_t descriptor_flat(unsigned ring, bool is_code)
{
    (void)ring, (void)is_code;
    EXERCISE("2.1");
}

/*
 * Exercise 2.1, system descriptors (S clear). Only the 32-bit call gate, type GATE_CALL, is for guests: gates to
 * interrupts belong in an IDT, tasks and LDTs are the hypervisor's. A guest could load neither itself, but CALL through
 * a task gate or to a TSS would replace every register at once, segments, CR3 and ring included.
 *   - the gate's selector: an RPL of 0 is raised to 1;
 *   - then it must be one of the guest's own entries (index below GDT_GUEST_ENTRIES), or any of the LDT (bit 2 set), or
 *     exactly SELECTOR_RING1_CODE. The hypervisor's other entries are ring 0's code and tasks;
 *   - GATE_PARAMETER_RESERVED must be zero.
 * The offset is free: it is checked against the target's limit when the gate is used. The target may be anything
 * that passed these rules, and so has a DPL of 1 or more: the call cannot end in ring 0.
 */
bool descriptor_check_gate(uint64_t *descriptor)
{
    (void)descriptor;
    EXERCISE("2.1");
}

/*
 * Exercise 2.1, code and data (S set). Refused: DESCRIPTOR_LONG, and a base of GUEST_BASE_END or more. Then see how far
 * the segment reaches:
 *   - code, and data that grows up: base + limit must stay below GUEST_SEGMENT_END. Else it is truncated to as many
 *     whole pages as fit between base and end.
 *   - data that expands down, B set: the lowest valid offset, limit + 1, must be so high that base + limit + 1 is 4 GiB
 *     or more. Else the limit is raised to the first whole page for which it is.
 *   - data that expands down, B clear: base + 0xffff must stay below GUEST_SEGMENT_END, unless no offset is valid at
 *     all (limit 0xffff or more). Else it is raised as with B set, which leaves nothing.
 * Only limits that count pages (DESCRIPTOR_PAGES) are changed, by descriptor_limit(); one in bytes that does not fit is
 * refused. DESCRIPTOR_ACCESSED is set in all that is accepted (why: see descriptor_flat).
 *
 * Conforming code needs no rule: it runs in the ring of its caller, and guests have no caller in ring 0. In code type
 * bit 2 means conforming, not expand-down: look at the code bit first. A 16-bit code segment can be longer than 64 KiB
 * for 32-bit accesses, so its limit counts like any other.
 *
 * Hint: add in 64 bits. In 32, base + limit + 1 is 0 for the flat segment that a native kernel uses, and 0 fits.
 */
bool descriptor_check_segment(uint64_t *descriptor)
{
    (void)descriptor;
    EXERCISE("2.1");
}

/*
 * Exercise 2.1, what holds for both. A descriptor that is not present is accepted as it is: loading it faults, and the
 * guest may keep its own notes in the other 63 bits. A DPL of 0 is raised to 1: a kernel moved out of ring 0 keeps its
 * numbers, and a call gate to a DPL-0 segment would otherwise be the way back in. What follows depends on S
 * (SEGMENT_USER). A refusal leaves *descriptor as it was.
 */
bool descriptor_check(uint64_t *descriptor)
{
    (void)descriptor;
    EXERCISE("2.1");
}
