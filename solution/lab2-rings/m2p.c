/*
 * The machine-to-physical table (floor 2). Owns the table and the L1 that maps it. Invariant: an entry that is not
 * M2P_INVALID is the pfn under which the frame stands in its owner's list (pv_memory.c), so that the owner of a frame
 * is found without a search: two lookups that must agree.
 */
#include "m2p.h"
#include "layout.h"
#include "paging.h"

#define M2P_PAGES (FRAMES_MAX * 4 / PAGE_SIZE)

static uint32_t m2p[FRAMES_MAX] __attribute__((aligned(PAGE_SIZE)));
static uint64_t m2p_l1[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

_Static_assert(M2P_PAGES <= TABLE_ENTRIES, "one L1");

/* Without PTE_USER: ring 1 reads it, ring 3 has no business there. Without PTE_WRITABLE: only we write it. */
void m2p_init(void)
{
    for (uint32_t i = 0; i < FRAMES_MAX; i++)
        m2p[i] = M2P_INVALID; /* nobody's */
    for (uint32_t i = 0; i < M2P_PAGES; i++)
        m2p_l1[i] = pte_make((mfn_t){ pointer_mfn(m2p).number + i }, PTE_PRESENT);
    paging_add_top(M2P_BASE, m2p_l1); /* every address space has it, ours too */
}

/* Our own numbers only: frames that the allocator has given out. */
void m2p_set(mfn_t mfn, uint32_t pfn)
{
    m2p[mfn.number] = pfn;
}

/* Anybody's numbers: a descriptor's address, a list of frames. So it is here that they are compared with the RAM. */
uint32_t m2p_get(uint32_t mfn)
{
    return mfn < FRAMES_MAX ? m2p[mfn] : M2P_INVALID;
}
