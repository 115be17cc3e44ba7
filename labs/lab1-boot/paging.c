/*
 * The hypervisor's own page tables (floor 1). Owns the boot L3, the top gigabyte's L2 and the gate area's L1, which
 * every guest's address space shares: a change below the top L2 reaches all of them at once.
 *
 * Invariant: nothing here is user-accessible, the image's code and constants are read-only, and the page below the
 * stack is not mapped, so that a stack overflow is a double fault instead of a corrupted neighbour. Only RAM is
 * mapped.
 *
 *      L3 of a guest --> [0] its own L2            L3 of the boot tables --> [0..2] nothing
 *                        [3] --------------+------------------------------- [3]
 *                                          v
 *                                        top_l2, 0xC0000000 and up
 *                                          [436] gate_l1     0xF6800000  trap page, tables, entry code, GDT window
 *                                          [448] fine_l1[0]  0xF8000000  first MiB, image, in pages of 4 KiB
 *                                          [449] fine_l1[1]  0xF8200000  the same
 *                                          [450] 2 MiB       0xF8400000  direct map, to the end of RAM
 *
 * Called by start.c once, by domain.c at each switch (the trap page) and by whoever needs a table.
 */
#include "paging.h"
#include <stddef.h>
#include "cpu.h"
#include "gate.h"
#include "panic.h"
#include "text.h"

#define LARGE_SIZE (1u << 21)
#define FINE_TABLES 2 /* the first 4 MiB, which hold the image, are mapped with small pages */

/* Places in the image, from ringlet.ld and entry.S: their addresses are what counts, not what lies there. */
extern const uint8_t image_start[], image_data[], image_end[], stack_guard[], gate_text_load[];

/* In the image, so there is no way for them to be missing at boot. CR3 wants the L3 on 32 bytes (table 4-7). */
uint64_t hypervisor_l3[L3_ENTRIES] __attribute__((aligned(32))); /* upper floors' entry code loads it */
static uint64_t top_l2[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t fine_l1[FINE_TABLES][TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t gate_l1[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* In PAE mode bits 3 and 4 of CR3 are cache controls; zero is the usual write-back. */
uint32_t paging_boot_cr3(void)
{
    return pointer_physical(hypervisor_l3);
}

/* The one entry that makes an address space able to take a trap: every L3 that is ever loaded must have it. */
uint64_t paging_top_l3_entry(void)
{
    return pointer_physical(top_l2) | PTE_PRESENT; /* RW and U are reserved bits in a PAE L3 (SDM vol. 3 table 4-8) */
}

/*
 * One entry of a table that all address spaces share, so one page of the TLB is all that is stale. The gate area has a
 * single L1 for its 2 MiB; an address outside would land in another page's entry, hence the assertion.
 */
void paging_set_gate(uint32_t address, uint64_t entry)
{
    ASSERT(address >= GATE_BASE && address < GATE_BASE + LARGE_SIZE);
    gate_l1[l1_index(address)] = entry;
    page_invalidate(address);
}

void paging_map_gate(uint32_t address, mfn_t mfn)
{
    paging_set_gate(address, pte_make(mfn, PTE_PRESENT | PTE_WRITABLE));
}

const uint64_t *paging_gate_l1(void)
{
    return gate_l1;
}

void paging_copy_top(uint64_t *l2)
{
    for (uint32_t i = l2_index(M2P_BASE); i < TABLE_ENTRIES; i++)
        l2[i] = top_l2[i];
}

void paging_add_top(uint32_t address, const uint64_t *l1)
{
    ASSERT(address >= M2P_BASE && top_l2[l2_index(address)] == 0);
    top_l2[l2_index(address)] = pointer_physical(l1) | PTE_PRESENT | PTE_WRITABLE;
}

/* All zero is all not present. Anything else would be mappings made of whatever the frame's last owner wrote. */
mfn_t table_alloc(void)
{
    mfn_t mfn = frame_alloc();

    if (!mfn_is_none(mfn))
        memset(mfn_pointer(mfn), 0, PAGE_SIZE);
    return mfn;
}

/*
 * The rights of one page of the first 4 MiB. Read-only means something because CR0.WP is set (SDM vol. 3 section 4.6):
 * a wild store into code or constants is a page fault with an address. The stack's guard page is a hole on purpose.
 */
static uint32_t fine_flags(uint32_t address)
{
    if (address == (uint32_t)stack_guard)
        return 0;
    if (address >= (uint32_t)image_start && address < (uint32_t)image_data)
        return PTE_PRESENT;
    return PTE_PRESENT | PTE_WRITABLE;
}

/* The first 4 MiB of RAM: an image that outgrows them is told so here, not by a page fault in the middle of itself. */
static void map_fine(void)
{
    ASSERT((uint32_t)image_end <= DIRECT_BASE + FINE_TABLES * LARGE_SIZE);
    for (uint32_t page = 0; page < FINE_TABLES * TABLE_ENTRIES; page++)
        fine_l1[page / TABLE_ENTRIES][page % TABLE_ENTRIES] =
            pte_make((mfn_t){ page }, fine_flags(DIRECT_BASE + page * PAGE_SIZE));
    for (uint32_t i = 0; i < FINE_TABLES; i++)
        top_l2[l2_index(DIRECT_BASE) + i] = pointer_physical(fine_l1[i]) | PTE_PRESENT | PTE_WRITABLE;
}

/* The last large page may reach past the end of RAM: nothing is there, and nothing here asks for it. */
static void map_direct(uint32_t ram_end)
{
    for (uint32_t at = FINE_TABLES * LARGE_SIZE; at < ram_end; at += LARGE_SIZE)
        top_l2[l2_index(DIRECT_BASE + at)] = at | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
}

/* The parts of the gate area that never change; trap page and GDT window follow the current domain. */
static void map_gate(void)
{
    mfn_t text = pointer_mfn(gate_text_load);

    top_l2[l2_index(GATE_BASE)] = pointer_physical(gate_l1) | PTE_PRESENT | PTE_WRITABLE;
    gate_l1[l1_index(GATE_TABLES)] = pte_make(pointer_mfn(tables_page()), PTE_PRESENT | PTE_WRITABLE);
    /* Without PTE_WRITABLE: the code that every guest enters through cannot be changed by a stray store. */
    for (uint32_t i = 0; i < GATE_TEXT_PAGES; i++)
        gate_l1[l1_index(GATE_TEXT) + i] = pte_make((mfn_t){ text.number + i }, PTE_PRESENT);
    gate_l1[l1_index(GATE_GDT) + GDT_GUEST_PAGES] =
        pte_make(pointer_mfn(tables_gdt_page()), PTE_PRESENT | PTE_WRITABLE);
}

/*
 * Everything is written before CR3 changes, and the running code is mapped at the same address in both sets of
 * tables. The identity map of the boot tables ends with them: page 0 and what follows are the guests' from now on.
 */
void paging_init(uint32_t ram_end)
{
    map_fine();
    map_direct(ram_end);
    map_gate();
    hypervisor_l3[l3_index(DIRECT_BASE)] = paging_top_l3_entry();
    cr3_write(paging_boot_cr3());
}
