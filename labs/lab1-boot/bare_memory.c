/*
 * A bare guest's memory (floor 1, pure): the software's way to every byte the CPU would have touched for an emulated
 * instruction. Invariant: no pointer outside guest->memory ever leaves this file. Segment checks follow Intel SDM
 * vol. 3 section 5.3 (limits) and 5.4.1 (null selectors).
 *
 *      segment:offset --is_allowed, is_within--> linear = base + offset --bare_linear--> guest->memory + linear
 *                         #GP, #SS                (= physical: paging off)    outside: the guest is ended
 *
 * The segment is the shadow's, which the CPU itself uses for the instructions that do not trap. So emulated and real
 * accesses are judged by the same descriptor, whatever the guest has written to its own table since.
 */
#include <stddef.h>
#include "bare.h"
#include "decode.h"
#include "domain.h"

/* Asked without linear + length, which a guest can make wrap around to a small number. */
uint8_t *bare_linear(const struct bare *guest, uint32_t linear, uint32_t length)
{
    if (length > guest->memory_size || linear > guest->memory_size - length)
        return NULL;
    return guest->memory + linear;
}

/* A real machine would answer with ones, or with a device; a kernel that gets there is lost, and is told where. */
fault_t bare_outside(struct bare *guest, uint32_t linear)
{
    domain_crash(guest->domain, "touched address %08x at eip %08x, outside its %u KiB of memory", linear,
                 guest->frame->eip, guest->memory_size >> 10);
    return FAULT_STOPPED;
}

/* In the order of enum insn_segment, which is the encodings' own. */
uint32_t *bare_selector(struct bare *guest, unsigned segment)
{
    struct trap_frame *frame = guest->frame;
    uint32_t *const selectors[] = { &frame->es, &frame->cs, &frame->ss, &frame->ds, &frame->fs, &frame->gs };

    return selectors[segment];
}

/* False: a null selector, an LDT's (a bare guest has none), or an entry that has not been filled yet. */
bool bare_segment(const struct bare *guest, uint32_t selector, struct segment *segment)
{
    uint32_t index = SELECTOR_INDEX(selector);

    if (index == 0 || index >= SHADOW_ENTRIES || (selector & SELECTOR_LDT) || guest->shadow[index] == 0)
        return false;
    *segment = segment_unpack(guest->shadow[index]);
    return true;
}

/* Type bit 2 of a data segment: valid offsets lie above the limit (SDM vol. 3 section 5.3). */
static bool is_expand_down(const struct segment *segment)
{
    return segment_is_data(segment) && (segment->access & 4);
}

/*
 *      expand up     | valid ........ | limit      expand down   | limit | valid ........ | 4 GiB, or 64 KiB without B
 *                    0                                           0
 *
 * The last byte is what counts, and it must not wrap: SEGMENT:FFFFFFFF with two bytes is no access to byte 0.
 */
static bool is_within(const struct segment *segment, uint32_t offset, uint32_t length)
{
    uint32_t last = offset + length - 1;

    if (last < offset)
        return false;
    if (is_expand_down(segment))
        return offset > segment->limit && last <= (segment->is_32bit ? UINT32_MAX : 0xffff);
    return last <= segment->limit;
}

/* Type bit 1: writable for data, readable for code. */
static bool is_allowed(const struct segment *segment, bool write)
{
    if (segment_is_code(segment))
        return !write && (segment->access & 2);
    return !write || (segment->access & 2);
}

/*
 * A fault in the stack segment is #SS, in any other #GP, both with error code 0 here: the selector is in no doubt, the
 * offset is (SDM vol. 3 section 6.15, interrupts 12 and 13).
 */
fault_t bare_access(struct bare *guest, unsigned segment, uint32_t offset, uint32_t length, bool write,
                    uint8_t **pointer)
{
    const fault_t fault = FAULT(segment == SEG_SS ? VECTOR_SS : VECTOR_GP, 0);
    struct segment found;

    if (!bare_segment(guest, *bare_selector(guest, segment), &found))
        return fault;
    if (!is_allowed(&found, write) || !is_within(&found, offset, length))
        return fault;
    *pointer = bare_linear(guest, found.base + offset, length);
    return *pointer != NULL ? FAULT_NONE : bare_outside(guest, found.base + offset);
}

/* Unpacking at each trap would cost more than some emulations; bare_segments.c clears code_selector at each change. */
const struct segment *bare_code_segment_find(struct bare *guest)
{
    if (!bare_segment(guest, guest->frame->cs, &guest->code))
        return NULL;
    guest->code_selector = guest->frame->cs;
    return &guest->code;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Up to 15 bytes: no instruction is longer. Fewer at the end of the segment or of the memory, whichever is first. */
unsigned bare_fetch(struct bare *guest, const uint8_t **bytes)
{
    const struct segment *code = bare_code_segment(guest);
    uint32_t eip = guest->frame->eip;

    if (code == NULL || eip > code->limit || code->base + eip >= guest->memory_size)
        return 0;
    uint32_t in_segment = smaller(code->limit - eip, INSN_MAX_LENGTH - 1) + 1;

    *bytes = guest->memory + (code->base + eip); /* that sum may wrap, a pointer may not */
    return smaller(in_segment, guest->memory_size - (code->base + eip));
}
