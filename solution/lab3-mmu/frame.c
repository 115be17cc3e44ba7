/*
 * The frame table (floor 3). Owns a struct frame for every frame of RAM that we use.
 *
 * Guests read and build the real page tables. What keeps them from mapping what is not theirs is that they cannot write
 * a table: only we do, after looking at the new entry. For that, a frame must never be a table and writable at the same
 * time, by whatever route. Two numbers are enough to say so:
 *
 *      count       how many reasons there are for the frame to stay this domain's: it was given to it, mapped
 *                  anywhere, named by a table, pinned. At 0 the frame goes back.
 *      type_count  how many of these rely on what it is. While it is not 0, the type does not change.
 *
 *                        first reference of a type            last one dropped
 *      NONE ------------------------------------> WRITABLE  ------------------> NONE
 *       |  first reference; all entries are validated,
 *       +-----------------------------------------> L1 L2 L3 L2_TOP SEGMENTS --> NONE   entries' references dropped
 *
 * Why two counts: a read-only mapping of a table is harmless, and needs the frame to stay but not to be anything. So it
 * holds one and not the other. What an attack would gain if a rule were missing:
 *      type change while type_count > 0     a table that its owner can write: all of memory
 *      a frame freed while count > 0        the next owner's memory, through the old mapping
 *      a count that wraps to 0              the same, after 2^32 mappings: hence FRAME_COUNT_MAX
 *      an owner not asked for               any other domain's memory
 *      a type taken off before its entries  an entry changed between the two: a reference dropped that another holds
 *      the old reference dropped first      the frame gone, and somebody else's, before the new one is up
 *      what the CPU remembers not flushed   any of these for as long as it does: its TLB has never heard of counts
 *
 * Each reference has one holder, who drops it: the domain's list, an entry of a table, the pin, a vcpu's base, a page
 * of a GDT or LDT. So the counts can be found again by walking from these, which is what the host tests do after each
 * step of every short sequence of calls (make model).
 *
 * An example. A is an L1, pinned; an L2 names it; it maps itself read-only and B twice writable; B was given back:
 *
 *      frame   count                                       type       type_count
 *      A       given 1 + pin 1 + L2's entry 1 + mapped 1   L1         2: pin, L2's entry
 *      B                                      mapped 2     WRITABLE   2
 *
 * Paper: Xen and the Art of Virtualization, section 3.3.3.
 */
#include "frame.h"
#include <stddef.h>
#include "errors.h"
#include "exercise.h"
#include "pagetable.h"
#include "panic.h"

struct frame frame_table[FRAMES_MAX];

bool frame_tlb_is_stale;

/* A frame of the allocator's is nobody's and has no references: if not, it was freed while somebody held it. */
void frame_give(uint32_t mfn, uint16_t owner, uint32_t slot, uint8_t flags)
{
    ASSERT(frame_table[mfn].owner == 0 && frame_table[mfn].count == 0);
    frame_table[mfn] = (struct frame){ .count = 1, .slot = slot, .owner = owner, .flags = flags };
}

/*
 * Exercise 3.1, plain references: one more, if the frame is that owner's (frame_find(), frame_is_owned()): -EINVAL if
 * not; -EBUSY if it has FRAME_COUNT_MAX already, for a count must never wrap.
 */
int32_t frame_get(uint32_t mfn, uint16_t owner)
{
#ifdef SOLUTION
    struct frame *frame = frame_find(mfn);

    if (!frame_is_owned(frame, owner))
        return -EINVAL;
    if (frame->count >= FRAME_COUNT_MAX)
        return -EBUSY;
    frame->count++;
    return 0;
#else
    (void)mfn, (void)owner;
    EXERCISE("3.1");
#endif
}

/*
 * Nobody has a reason left to keep it: it is nobody's, and goes back, unless it is the page shared with a guest, which
 * is not the guest's to lose. The TLB may still have it, as what it was mapped as.
 */
static void __attribute__((noinline)) frame_last(uint32_t mfn, struct frame *frame)
{
    uint16_t owner = frame->owner;

    frame->owner = 0;
    frame_tlb_is_stale = true;
    if (!(frame->flags & FRAME_SHARED))
        frame_release(mfn, owner);
}

/*
 * Exercise 3.1: one less; at 0 it was the last (frame_last()). There are never fewer references than those that rely on
 * the type: ASSERT it before.
 */
void frame_put(uint32_t mfn)
{
#ifdef SOLUTION
    struct frame *frame = &frame_table[mfn];

    ASSERT(frame->count > frame->type_count);
    if (--frame->count == 0)
        frame_last(mfn, frame);
#else
    (void)mfn, (void)frame_last;
    EXERCISE("3.1");
#endif
}

/*
 * The first reference of its type: what it then promises must hold from now on. For the time of the validation the
 * frame has the type already, with nobody relying on it but us: so an entry that wants the same frame writable, or as a
 * table of another level, is refused like any other.
 */
static int32_t type_begin(uint32_t mfn, struct frame *frame, enum frame_type type)
{
    int32_t error = 0;

    if (frame->flags & FRAME_SHARED)
        return -EINVAL;
    frame_tlb_is_stale = true; /* it may have been writable a moment ago */
    /* Set while it is validated: a table that names itself finds a type that does not fit. */
    frame->type = (uint8_t)type;
    frame->type_count = 1;
    error = pagetable_validate(mfn, frame->owner, type);
    frame->type_count = 0;
    if (error != 0)
        frame->type = FRAME_NONE;
    return error;
}

/*
 * Exercise 3.1, references that rely on the type; errors as for frame_get(). If the frame has a type (type_count is not
 * 0), it must be this one, or it is -EBUSY; and so is a second reference to an L2 with our entries in it: it belongs
 * into one slot of one L3. If it has none, it becomes this one: FRAME_WRITABLE at once, the others by type_begin(),
 * which may say why not. Both counts go up.
 */
int32_t frame_get_type(uint32_t mfn, uint16_t owner, enum frame_type type)
{
#ifdef SOLUTION
    struct frame *frame = frame_find(mfn);
    int32_t error;

    if (!frame_is_owned(frame, owner))
        return -EINVAL;
    if (frame->count >= FRAME_COUNT_MAX)
        return -EBUSY;
    if (frame->type_count != 0) {
        /* An L2 with our entries in it belongs into one slot of one L3. */
        if (frame->type != type || type == FRAME_L2_TOP)
            return -EBUSY;
    } else {
        error = type == FRAME_WRITABLE ? 0 : type_begin(mfn, frame, type); /* any page that is nothing else can be */
        if (error != 0)
            return error;
        frame->type = (uint8_t)type;
    }
    frame->type_count++;
    frame->count++;
    return 0;
#else
    (void)mfn, (void)owner, (void)type, (void)type_begin;
    EXERCISE("3.1");
#endif
}

/*
 * Exercise 3.1: the reverse. With the last reference the type goes, and before it what it stood for: a table's entries
 * drop theirs (pagetable_invalidate()), while it still cannot be written. The CPU may not have noticed yet
 * (frame_tlb_is_stale): a page that was writable may still be so in the TLB; and a table may still be walked, from an
 * entry of the level above that the CPU has kept (SDM vol. 3 section 4.10.3), when its owner can write it again. Then
 * the reference itself, with frame_put().
 */
void frame_put_type(uint32_t mfn)
{
#ifdef SOLUTION
    struct frame *frame = &frame_table[mfn];

    ASSERT(frame->type_count > 0 && frame->count >= frame->type_count);
    if (frame->type_count == 1) {
        frame_tlb_is_stale = true;
        if (frame->type != FRAME_WRITABLE)
            pagetable_invalidate(mfn, (enum frame_type)frame->type);
    }
    if (--frame->type_count == 0)
        frame->type = FRAME_NONE;
    frame_put(mfn);
#else
    (void)mfn;
    EXERCISE("3.1");
#endif
}
