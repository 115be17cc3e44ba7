/*
 * A bare guest's segments (floor 1, pure): the shadow GDT.
 *
 * The CPU reads descriptors from a table of ours, not from the guest's, because there every segment must have DPL 3
 * for a kernel that really runs in ring 3. Entries are copied in when first needed: an entry of zero makes the CPU
 * raise #GP(selector), bare_segment_fill() copies the guest's descriptor with its DPL raised, and the load is tried
 * again. Invariants: every shadow entry is zero or a present code or data segment with DPL 3 and its accessed bit set
 * (so the CPU never writes the shadow); every selector in the frame is null or names such an entry.
 *
 * Both of the guest's rings really are ring 3, so the CPU would let its kernel return straight to its user code. That
 * must trap (the stack changes), so the shadow holds as code only what the present virtual ring may run; the code of
 * other rings is there as read-only data, if at all.
 *
 * What cannot be hidden: a CPU keeps using a loaded descriptor after its table entry has changed, while we reload from
 * the shadow at each trap. LGDT therefore keeps entries that are loaded and that the new table does not have.
 */
#include <stddef.h>
#include "bare.h"
#include "decode.h"
#include "domain.h"

/* Bits of a descriptor as 64-bit number; segments.c has the picture. */
#define DESCRIPTOR_DPL      (3ull << 45)
#define DESCRIPTOR_ACCESSED (1ull << 40)
#define DESCRIPTOR_CODE_BITS (0xeull << 40) /* executable, conforming, readable */
#define DATA_SEGMENTS 4 /* those that may hold null or be given up; CS and SS may not */

static const uint8_t data_segments[DATA_SEGMENTS] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };

/* Two things were derived from the shadow: the check of loaded selectors, and the unpacked code segment. */
static void shadow_touch(struct bare *guest)
{
    guest->shadow_changed = true;
    guest->code_selector = 0;
}

/* The only way a descriptor gets into the shadow, so the invariants at the top are kept here: DPL 3, accessed. */
static void shadow_set(struct bare *guest, uint16_t selector, uint64_t descriptor)
{
    uint16_t index = SELECTOR_INDEX(selector);

    guest->shadow[index] = descriptor | DESCRIPTOR_DPL | DESCRIPTOR_ACCESSED;
    shadow_touch(guest);
    if (index > guest->shadow_top)
        guest->shadow_top = index;
}

/* A readable code segment that may be read but not run: the same as read-only data. */
static uint64_t as_data(uint64_t descriptor)
{
    return descriptor & ~DESCRIPTOR_CODE_BITS;
}

/* Multiboot specification 3.2: flat 4 GiB. The guest has no GDT yet, so the shadow alone holds these two. */
void bare_segments_reset(struct bare *guest)
{
    const struct segment code = { 0, UINT32_MAX, SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_CODE, true };
    const struct segment data = { 0, UINT32_MAX, SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_DATA, true };

    /* QEMU and GRUB leave these two; the specification names no numbers, so kernels load their own. */
    bare_code_load(guest, 0x08, segment_pack(&code));
    bare_stack_load(guest, 0x10, segment_pack(&data));
    for (unsigned i = 0; i < DATA_SEGMENTS; i++)
        *bare_selector(guest, data_segments[i]) = 0x10;
}

/* No LDT: LLDT is not emulated. The table's limit is the offset of its last byte (SDM vol. 3 section 3.5.1). */
static bool is_in_table(const struct bare *guest, uint16_t selector)
{
    return !(selector & SELECTOR_LDT) && SELECTOR_INDEX(selector) < SHADOW_ENTRIES &&
           (selector & ~7u) + 7 <= guest->gdt.limit;
}

/* For a look that the CPU would not take: a table outside memory is then just empty. */
static bool descriptor_peek(const struct bare *guest, uint16_t selector, uint64_t *descriptor, uint8_t **where)
{
    *where = is_in_table(guest, selector) ? bare_linear(guest, guest->gdt.base + (selector & ~7u), 8) : NULL;
    if (*where == NULL)
        return false;
    __builtin_memcpy(descriptor, *where, sizeof(*descriptor)); /* at any alignment */
    return true;
}

/* For a look that the CPU would take: a table outside the memory ends the guest, as its own read would have. */
fault_t bare_descriptor_read(struct bare *guest, uint16_t selector, uint64_t *descriptor, uint8_t **where)
{
    if (descriptor_peek(guest, selector, descriptor, where))
        return FAULT_NONE;
    if (is_in_table(guest, selector))
        return bare_outside(guest, guest->gdt.base + (selector & ~7u));
    return FAULT(VECTOR_GP, SELECTOR_ERROR(selector));
}

/* The CPU marks a descriptor it loads; so do we, in the guest's own table. */
static void mark_accessed(struct bare *guest, uint16_t selector)
{
    uint64_t descriptor;
    uint8_t *where;

    if (descriptor_peek(guest, selector, &descriptor, &where))
        where[5] |= SEGMENT_ACCESSED;
}

/* May virtual ring `ring` load this into DS, ES, FS or GS, if it is present (SDM vol. 3 section 5.5)? */
static bool is_loadable(const struct segment *segment, uint16_t selector, uint8_t ring)
{
    /* The less privileged of ring and RPL: a program's selector does not get more by passing through the kernel. */
    uint8_t wanted = ring > (selector & 3) ? ring : selector & 3;

    if (!(segment->access & SEGMENT_USER))
        return false;
    if (segment_is_code(segment) && !(segment->access & 2))
        return false; /* execute-only */
    if (segment_is_code(segment) && (segment->access & 4))
        return true; /* conforming */
    return segment_dpl(segment) >= wanted;
}

/* May it be jumped to (SDM vol. 3 section 5.8.1)? */
static bool is_reachable(const struct segment *segment, uint8_t ring)
{
    bool conforming = segment->access & 4;

    return segment_is_code(segment) &&
           (conforming ? segment_dpl(segment) <= ring : segment_dpl(segment) == ring);
}

/*
 * The order of checks is the CPU's for a load: type and privilege before presence. The shadow then holds one of
 *
 *      code of the present ring       as it is, DPL 3          can be run and, if readable, read
 *      readable code of other rings   as read-only data        cannot be run: the attempt traps
 *      data                           as it is, DPL 3
 *
 * A fault that a fill cannot cure must be told from one that it can, or the guest would trap here for ever.
 */
fault_t bare_segment_fill(struct bare *guest, uint16_t selector)
{
    const fault_t fault = FAULT(VECTOR_GP, SELECTOR_ERROR(selector));
    uint64_t descriptor;
    uint8_t *where;

    if (SELECTOR_IS_NULL(selector))
        return fault;
    fault_t missing = bare_descriptor_read(guest, selector, &descriptor, &where);
    if (missing != FAULT_NONE)
        return missing;
    struct segment segment = segment_unpack(descriptor);
    bool reachable = is_reachable(&segment, guest->ring);
    if (!reachable && !is_loadable(&segment, selector, guest->ring))
        return fault;
    /* Only now: a segment that may not be loaded at all is #GP, present or not. */
    if (!(segment.access & SEGMENT_PRESENT))
        return FAULT(VECTOR_NP, SELECTOR_ERROR(selector));
    if (segment_is_code(&segment) && !reachable)
        descriptor = as_data(descriptor);
    if (guest->shadow[SELECTOR_INDEX(selector)] == (descriptor | DESCRIPTOR_DPL | DESCRIPTOR_ACCESSED))
        return fault; /* it was there, so the fault has another cause */
    where[5] |= SEGMENT_ACCESSED;
    shadow_set(guest, selector, descriptor);
    return FAULT_NONE;
}

/* The target of a far transfer to virtual ring `ring` (IRET). Changes nothing: the commit comes later. */
fault_t bare_code_check(struct bare *guest, uint16_t selector, uint8_t ring, uint64_t *descriptor)
{
    const fault_t fault = FAULT(VECTOR_GP, SELECTOR_ERROR(selector));
    uint8_t *where;

    if (SELECTOR_IS_NULL(selector))
        return FAULT(VECTOR_GP, 0);
    fault_t missing = bare_descriptor_read(guest, selector, descriptor, &where);
    if (missing != FAULT_NONE)
        return missing;
    struct segment segment = segment_unpack(*descriptor);
    if (!is_reachable(&segment, ring))
        return fault;
    if (!(segment.access & SEGMENT_PRESENT))
        return FAULT(VECTOR_NP, SELECTOR_ERROR(selector));
    return FAULT_NONE;
}

/* SS has the strictest rules: RPL, DPL and ring must be one, and the segment writable (SDM vol. 3 section 5.7). */
fault_t bare_stack_check(struct bare *guest, uint16_t selector, uint8_t ring, uint8_t bad_vector, uint64_t *descriptor)
{
    const fault_t fault = FAULT(bad_vector, SELECTOR_ERROR(selector));
    uint8_t *where;

    if (SELECTOR_IS_NULL(selector))
        return FAULT(bad_vector, 0);
    fault_t missing = bare_descriptor_read(guest, selector, descriptor, &where);
    if (missing != FAULT_NONE)
        return missing == FAULT_STOPPED ? missing : fault;
    struct segment segment = segment_unpack(*descriptor);
    /* Read-only and code segments are no stacks: the first push would fault, in the middle of a delivery. */
    if ((selector & 3) != ring || segment_dpl(&segment) != ring || !segment_is_data(&segment) || !(segment.access & 2))
        return fault;
    if (!(segment.access & SEGMENT_PRESENT))
        return FAULT(VECTOR_SS, SELECTOR_ERROR(selector));
    return FAULT_NONE;
}

/* Cannot fail: what was checked is copied. RPL 3 is real; the virtual ring is kept in guest->ring. */
void bare_code_load(struct bare *guest, uint16_t selector, uint64_t descriptor)
{
    mark_accessed(guest, selector);
    shadow_set(guest, selector, descriptor);
    guest->frame->cs = selector | 3u;
}

/* As bare_code_load(): the frame's SS gets RPL 3, or the real IRET would refuse it (SDM vol. 3 section 5.7). */
void bare_stack_load(struct bare *guest, uint16_t selector, uint64_t descriptor)
{
    mark_accessed(guest, selector);
    shadow_set(guest, selector, descriptor);
    guest->frame->ss = selector | 3u;
}

/* Six registers; the frame has them all, for ring 3 traps save them. */
static bool is_loaded(struct bare *guest, unsigned index)
{
    for (unsigned segment = SEG_ES; segment <= SEG_GS; segment++)
        if (SELECTOR_INDEX(*bare_selector(guest, segment)) == index)
            return true;
    return false;
}

/* Forget what no segment register holds. */
static void shadow_trim(struct bare *guest)
{
    for (unsigned index = 1; index <= guest->shadow_top; index++)
        if (guest->shadow[index] != 0 && !is_loaded(guest, index))
            guest->shadow[index] = 0;
    shadow_touch(guest);
}

/* The ring has changed: of the code in the shadow only CS is known to be what it may run. */
static void shadow_demote(struct bare *guest)
{
    for (unsigned index = 1; index <= guest->shadow_top; index++) {
        struct segment segment = segment_unpack(guest->shadow[index]);

        if (!segment_is_code(&segment) || index == SELECTOR_INDEX(guest->frame->cs))
            continue;
        guest->shadow[index] = segment.access & 2 ? as_data(guest->shadow[index]) : 0;
        shadow_touch(guest);
    }
}

/* The kernel may read its programs' code but must not be able to run into it without a trap. */
void bare_segments_inward(struct bare *guest)
{
    shadow_demote(guest);
}

/* Can `now` take the place of `then` under a loaded selector: the same kind, no right less, no other ring's code? */
static bool is_successor(const struct bare *guest, const struct segment *now, const struct segment *then)
{
    return (now->access & SEGMENT_PRESENT) && segment_is_code(now) == segment_is_code(then) &&
           segment_is_data(now) == segment_is_data(then) && ((now->access & 2) || !(then->access & 2)) &&
           (!segment_is_code(now) || is_reachable(now, guest->ring));
}

/* Read a loaded selector's descriptor again, if the new table has one for it that will do. */
static void shadow_renew(struct bare *guest, uint16_t selector)
{
    struct segment now, then;
    uint64_t descriptor;
    uint8_t *where;

    if (!bare_segment(guest, selector, &then) ||
        !descriptor_peek(guest, selector, &descriptor, &where))
        return;
    now = segment_unpack(descriptor);
    if (is_successor(guest, &now, &then))
        shadow_set(guest, selector, descriptor);
}

/* Trimmed first: what remains is what is loaded, and that is read again from the new table. */
void bare_segments_switch(struct bare *guest)
{
    shadow_trim(guest);
    for (unsigned segment = SEG_ES; segment <= SEG_GS; segment++)
        shadow_renew(guest, (uint16_t)*bare_selector(guest, segment));
}

/* SDM vol. 2, IRET to an outer ring: data segments the new ring may not have are loaded with null. */
void bare_segments_outward(struct bare *guest, uint8_t ring)
{
    for (unsigned i = 0; i < DATA_SEGMENTS; i++) {
        uint32_t *selector = bare_selector(guest, data_segments[i]);
        struct segment segment;
        uint64_t descriptor;
        uint8_t *where;

        if (!descriptor_peek(guest, (uint16_t)*selector, &descriptor, &where)) {
            *selector = 0;
            continue;
        }
        segment = segment_unpack(descriptor);
        if (!(segment.access & SEGMENT_PRESENT) || !is_loadable(&segment, (uint16_t)*selector, ring))
            *selector = 0;
    }
    shadow_trim(guest);
    shadow_demote(guest);
}

/*
 * The exit stub loads these selectors in ring 0, with POP and IRET. One that names no good entry would be a fault
 * there, in the hypervisor: so whatever has become of the shadow, a data segment is given up and a guest without CS or
 * SS is ended. Called only when the shadow has changed, since loads between traps are checked by the CPU itself.
 */
void bare_segments_settle(struct bare *guest)
{
    struct segment segment;

    guest->shadow_changed = false;
    for (unsigned i = 0; i < DATA_SEGMENTS; i++) {
        uint32_t *selector = bare_selector(guest, data_segments[i]);

        if (!bare_segment(guest, *selector, &segment) || (segment_is_code(&segment) && !(segment.access & 2)))
            *selector = 0;
    }
    if (!bare_segment(guest, guest->frame->cs, &segment) || !segment_is_code(&segment))
        domain_crash(guest->domain, "its code segment %04x is no code segment any more", guest->frame->cs);
    else if (!bare_segment(guest, guest->frame->ss, &segment) || !segment_is_data(&segment) || !(segment.access & 2))
        domain_crash(guest->domain, "its stack segment %04x is no stack segment any more", guest->frame->ss);
}
