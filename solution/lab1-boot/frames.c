/*
 * The machine frame allocator (floor 1): one bit per frame of the direct map, set while the frame is free.
 *
 * Invariant: free_count is the number of set bits. The image, the boot modules and what the memory map does not call
 * RAM are never set. Called by every floor that needs memory; nothing here knows what a frame is for (floor 3 adds
 * owners and types).
 *
 *      free_bits[1]   bit 31 ... 2 1 0        frame = 32 * word + bit       physical address = 4096 * frame
 *                        63 ... 34 33 32
 *
 * 128 MiB are 32768 frames, that is 4 KiB of bits: small enough to search from one end to the other.
 */
#include "frames.h"
#include "panic.h"

#define WORD_BITS 32

static uint32_t free_bits[FRAMES_MAX / WORD_BITS];
static uint32_t free_count;
static uint32_t next_word; /* where the last search ended: keeps allocation from rescanning low memory */

/* number < FRAMES_MAX: the callers check. */
static bool frame_is_free(uint32_t number)
{
    return free_bits[number / WORD_BITS] >> (number % WORD_BITS) & 1;
}

/* Marking twice changes nothing, so the count stays true whatever overlaps in a firmware's memory map. */
static void frame_mark(uint32_t number, bool free)
{
    uint32_t bit = 1u << (number % WORD_BITS);

    if (frame_is_free(number) == free)
        return;
    free_bits[number / WORD_BITS] ^= bit;
    if (free)
        free_count++;
    else
        free_count--;
}

/* Cut at FRAMES_MAX. first + i cannot wrap: both come from addresses, divided by the page size. */
static void frames_mark_range(uint32_t first, uint32_t count, bool free)
{
    for (uint32_t i = 0; i < count && first + i < FRAMES_MAX; i++)
        frame_mark(first + i, free);
}

/* At boot only: later all frames that become free were taken here before, and frame_free() checks that. */
void frames_add(uint32_t first, uint32_t count)
{
    frames_mark_range(first, count, true);
}

/*
 *      memory map     |########|     |################|      added, set bits
 *      image          |        |     | ##             |      reserved, cleared again
 *      modules        |        |     |    ####        |
 *      free           |########|     |#      #########|
 */
void frames_reserve(uint32_t first, uint32_t count)
{
    frames_mark_range(first, count, false);
}

/*
 * A word of 32 frames at a time, from where the last search ended, once around. The lowest set bit of a word is one
 * instruction. Contents are left as they were: whoever gives a frame to a guest clears it first, or one guest would
 * read what another left there.
 */
mfn_t frame_alloc(void)
{
    const uint32_t words = FRAMES_MAX / WORD_BITS;

    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = (next_word + i) % words;

        /* Full words are passed over 32 frames at a time. */
        if (free_bits[word] == 0)
            continue;
        next_word = word;
        mfn_t mfn = { word * WORD_BITS + (uint32_t)__builtin_ctz(free_bits[word]) };
        frame_mark(mfn.number, false);
        return mfn;
    }
    return MFN_NONE;
}

/* Length of the free run that starts at `first`, but no more than `wanted`. */
static uint32_t run_length(uint32_t first, uint32_t wanted)
{
    uint32_t length = 0;

    while (length < wanted && first + length < FRAMES_MAX && frame_is_free(first + length))
        length++;
    return length;
}

/* First fit from the bottom. Guests' memory comes from here at boot, before single frames have broken up the RAM. */
mfn_t frame_alloc_range(uint32_t count)
{
    uint32_t first = 0;

    ASSERT(count >= 1);
    while (first < FRAMES_MAX) {
        uint32_t length = run_length(first, count);

        if (length == count) {
            frames_mark_range(first, count, false);
            return (mfn_t){ first };
        }
        first += length + 1; /* the frame that ended the run is taken: start behind it */
    }
    return MFN_NONE;
}

/* A frame freed twice would be given out twice, and two owners would write to it: the assertion is worth its test. */
void frame_free(mfn_t mfn)
{
    ASSERT(mfn.number < FRAMES_MAX && !frame_is_free(mfn.number));
    frame_mark(mfn.number, true);
}

/* Any run of frames in use, not only one that frame_alloc_range() gave. */
void frame_free_range(mfn_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        frame_free((mfn_t){ first.number + i });
}

uint32_t frames_free_count(void)
{
    return free_count;
}
