/* The pool of frames, what is taken back after a run, and randomness that is the same everywhere (Marsaglia's
   xorshift). */
#include "fuzz.h"

#include <stddef.h>

#include "test.h"

#define FRAMES  0x8000      /* all there can be */

struct pool_page pool[POOL];
uint64_t *spaces[SPACES + 1];
uint64_t *decoys[2];
static uint32_t state = 1;

/* State 0 would stay 0. */
void random_seed(uint32_t seed)
{
    state = seed * 2654435761u ^ 0x9E3779B9u;
    if (state == 0)
        state = 1;
}

/* The low bits are the weakest. */
uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (state >> 8) % limit;
}

void pool_start(void)
{
    for (unsigned i = 0; i < POOL; i++) {
        pool[i].place = page_fresh();
        pool[i].mfn = frame_of(pool[i].place);
    }
    for (unsigned i = 0; i < SPACES; i++) {
        spaces[i] = space_make(NULL);
        test_result("pin", table_pin(3, spaces[i]), 0);
    }
    spaces[SPACES] = table_l3();
    for (unsigned level = 1; level <= 2; level++) {
        decoys[level - 1] = page_fresh();
        page_close(decoys[level - 1]);
        test_result("pin", table_pin(level, decoys[level - 1]), 0);
    }
}

/* The slots that operations change: in all three L3s the same. */
static void slots_set(bool full)
{
    for (unsigned i = 0; i <= SPACES; i++)
        for (unsigned slot = 1; slot <= 2; slot++)
            test_result("slot", table_set(spaces[i], slot, full ? entry_of(table_l2(slot), RIGHTS_L3) : 0), 0);
}

/* Pins are references that only their frame knows of, some of them of frames that the pool has lost. */
static void references_drop(void)
{
    const struct mmuext_op none = { MMUEXT_SET_LDT, 0, 0 };

    test_result("base", table_base(table_l3()), 0);
    test_result("GDT", hypercall_set_gdt(NULL, 0), 0);
    test_result("LDT", hypercall_mmuext_op(&none, 1), 0);
    slots_set(false);
    for (unsigned i = 0; i < POOL; i++)
        test_result("unmap", page_map((uint32_t)pool[i].place, 0), 0);
    for (uint32_t mfn = 0; mfn < FRAMES; mfn++)
        if (mfn != frame_of(table_l3()) && mfn != frame_of(spaces[0]) && mfn != frame_of(spaces[1]))
            table_op(MMUEXT_UNPIN_TABLE, mfn, 0);
    for (unsigned slot = 1; slot <= 2; slot++)
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            test_result("entry", table_set(table_l2(slot), i, 0), 0);
    slots_set(true);
}

/* A frame that was given back and has found no successor is not ours: then it is refused in every use. */
static void uses_check(const struct pool_page *page)
{
    uint32_t address = (uint32_t)page->place;

    if (page_map(address, entry_frame(page->mfn, RIGHTS_ALL)) != 0) {
        test_check(page_map(address, entry_frame(page->mfn, RIGHTS_READ)) != 0, "a frame of ours stays typed for ever");
        return;
    }
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        page->place[i] = 0;
    test_check(table_op(MMUEXT_PIN_L1_TABLE, page->mfn, 0) < 0, "a writable page was pinned");
    test_result("unmap", page_map(address, 0), 0);
    for (uint32_t command = MMUEXT_PIN_L1_TABLE; command <= MMUEXT_PIN_L2_TABLE; command++) {
        test_result("a table of any level", table_op(command, page->mfn, 0), 0);
        test_result("and none again", table_op(MMUEXT_UNPIN_TABLE, page->mfn, 0), 0);
    }
    test_result("writable again", page_map(address, entry_frame(page->mfn, RIGHTS_ALL)), 0);
}

void pool_check(void)
{
    references_drop();
    for (unsigned i = 0; i < POOL; i++)
        uses_check(&pool[i]);
}
