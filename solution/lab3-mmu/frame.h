/*
 * The frame table (floor 3): who owns each machine frame, how often it is referred to, and as what. The theory is in
 * frame.c.
 */
#ifndef RINGLET_FRAME_H
#define RINGLET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frames.h"

/* What a frame is used as. It has one type at a time, for as long as anybody relies on that. */
enum frame_type {
    FRAME_NONE,
    FRAME_L1, FRAME_L2, FRAME_L3, /* page tables; their contents are validated */
    FRAME_L2_TOP,                 /* the L2 in slot 3 of an L3: it has the hypervisor's entries in it */
    FRAME_SEGMENTS,               /* a page of a GDT or LDT */
    FRAME_WRITABLE                /* some guest can write it, or we write it for one */
};

#define FRAME_PINNED 1u /* one of the references is the guest's own: pin and unpin */
#define FRAME_SHARED 2u /* ours, shown to its owner: mapped with any right, never a table, never given back */

/* 16 bytes for each frame: half a MiB for 128 MiB of RAM. */
struct frame {
    uint32_t count;      /* all references; the first is that it belongs to a domain */
    uint32_t type_count; /* those of them that rely on the type; 0: it has none */
    uint32_t slot;       /* its place in the owner's list of frames */
    uint16_t owner;      /* domain's number + 1; 0: nobody's */
    uint8_t type;        /* enum frame_type */
    uint8_t flags;       /* FRAME_... */
};

/* The most references that one kind of them can reach: what would go beyond is refused. */
#define FRAME_COUNT_MAX 0x7fffffffu

/* By frame number. Changed by frame.c only, but for the pinned mark. */
extern struct frame frame_table[FRAMES_MAX];

/* The table's entry for a number that may be anything; NULL: it is no frame that a domain could have. */
static inline struct frame *frame_find(uint32_t mfn)
{
    return mfn < FRAMES_MAX && frame_table[mfn].owner != 0 ? &frame_table[mfn] : NULL;
}

/* Is the frame one of this owner's? */
static inline bool frame_is_owned(const struct frame *frame, uint16_t owner)
{
    return frame != NULL && frame->owner == owner;
}

/* It becomes `owner`'s, with the one reference that this is. It must be nobody's. */
void frame_give(uint32_t mfn, uint16_t owner, uint32_t slot, uint8_t flags);

/* A reference, to a frame of that owner. 0, -EINVAL (not his, or no frame), -EBUSY (too many). */
int32_t frame_get(uint32_t mfn, uint16_t owner);

/* Its end. Only for what frame_get() has given: the last one gives the frame back. */
void frame_put(uint32_t mfn);

/*
 * A reference that relies on the type. The first one makes the frame that type, which for a table means to validate
 * all of it, and to take the references its entries stand for; the last one undoes that. 0 or as frame_get(), or
 * -EBUSY when it is of another type, or what validation has found. Nothing has changed when it fails.
 */
int32_t frame_get_type(uint32_t mfn, uint16_t owner, enum frame_type type);
void frame_put_type(uint32_t mfn);

/* Nobody refers to it any more: back to the allocator, and off what counts against `owner` (memory_op.c). */
void frame_release(uint32_t mfn, uint16_t owner);

/*
 * Set when a frame is no longer what it was, writable or a table, or has gone: what the CPU remembers of it in its TLB
 * may be more than the tables allow. space_flush() makes it forget.
 */
extern bool frame_tlb_is_stale;

#endif
