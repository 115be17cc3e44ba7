/*
 * The machine frame allocator (floor 1). A machine frame is 4 KiB of RAM, named by its number.
 */
#ifndef RINGLET_FRAMES_H
#define RINGLET_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include "layout.h"

#define FRAMES_MAX (DIRECT_SIZE / PAGE_SIZE) /* 32768: frame numbers are below it */

/* A machine frame number; a struct, so that it cannot be mixed up with an address or a guest's frame number. */
typedef struct {
    uint32_t number;
} mfn_t;

#define MFN_NONE ((mfn_t){ UINT32_MAX })

/* A function, since C cannot compare structs. */
static inline bool mfn_is_none(mfn_t mfn)
{
    return mfn.number == UINT32_MAX;
}

/* Declare frames [first, first + count) free. Boot only; ranges beyond FRAMES_MAX are ignored. */
void frames_add(uint32_t first, uint32_t count);

/* Take [first, first + count) out again, whatever it was: the image, modules, the first page. Boot only. */
void frames_reserve(uint32_t first, uint32_t count);

/* One free frame, contents undefined; MFN_NONE when there is none. */
mfn_t frame_alloc(void);

/* `count` consecutive frames (count >= 1); MFN_NONE when no such run is free. */
mfn_t frame_alloc_range(uint32_t count);

/* Give back. Freeing a frame that is free already is our bug: panic. */
void frame_free(mfn_t mfn);
void frame_free_range(mfn_t first, uint32_t count);

/* How many frames are free: the audit compares this before and after a domain's life. */
uint32_t frames_free_count(void);

#endif
