/*
 * The hypervisor's own page tables (floor 1): PAE, three levels, 8-byte entries (Intel SDM vol. 3 section 4.4).
 *
 *      linear   31 30 | 29      21 | 20      12 | 11         0
 *               L3    | L2         | L1         | byte in the page
 *      entries  4     | 512        | 512        |
 *
 *      CR3 -> L3[a >> 30] -> L2[a >> 21 & 511] -> L1[a >> 12 & 511] -> frame
 *                             \ with PTE_LARGE: a 2 MiB page, and no L1
 *
 *      entry    63 | 62  52 | 51           12 | 11 9 | 8 | 7  | 6 | 5 |  4    3  |  2  |  1  | 0
 *               XD |   0    | frame number    | free | G | PS | D | A | PCD  PWT | U/S | R/W | P
 *
 * The right to a page is the AND of U/S and of R/W over L2 and L1; an L3 entry has neither (table 4-8).
 */
#ifndef RINGLET_PAGING_H
#define RINGLET_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frames.h"
#include "layout.h"

/* Bits of an entry. PTE_LARGE is PS, of an L2 entry only: in an L1 that bit is PAT and means something else. */
#define PTE_PRESENT  0x001u /* P: without it the CPU looks at no other bit */
#define PTE_WRITABLE 0x002u /* R/W */
#define PTE_USER     0x004u /* U/S: ring 3 may use it; rings 0 to 2 are all "supervisor" to the paging unit */
#define PTE_LARGE    0x080u /* PS: 2 MiB */
#define PTE_ADDRESS  0x000ffffffffff000ull

#define TABLE_ENTRIES 512
#define L3_ENTRIES    4

static inline uint32_t l3_index(uint32_t address) { return address >> 30; }
static inline uint32_t l2_index(uint32_t address) { return address >> 21 & 511; }
static inline uint32_t l1_index(uint32_t address) { return address >> 12 & 511; }

/* The frame number is widened first: shifted as 32 bits it would lose what lies above 4 GiB. */
static inline uint64_t pte_make(mfn_t mfn, uint32_t flags)
{
    return (uint64_t)mfn.number << PAGE_SHIFT | flags;
}

/* The frame an entry names: the low 32 bits of its number, which the bits above 43, free or reserved, are not in. */
static inline mfn_t pte_mfn(uint64_t entry)
{
    return (mfn_t){ (uint32_t)(entry >> PAGE_SHIFT) };
}

/* All RAM, byte 0 first: at DIRECT_BASE (ringlet.ld). Host-side tests bring an array of this name. */
extern uint8_t direct_map[];

/* A frame as the hypervisor sees it, and back. */
static inline void *mfn_pointer(mfn_t mfn)
{
    return direct_map + ((size_t)mfn.number << PAGE_SHIFT);
}

/* For pointers into the direct map, which the image's own variables are too: it is linked into it. */
static inline uint32_t pointer_physical(const void *pointer)
{
    return (uint32_t)((uintptr_t)pointer - (uintptr_t)direct_map); /* need not be at a page's start: an L3 is 32 bytes */
}

static inline mfn_t pointer_mfn(const void *pointer)
{
    return (mfn_t){ pointer_physical(pointer) >> PAGE_SHIFT };
}

/* The address space with no guest in it. */
extern uint64_t hypervisor_l3[L3_ENTRIES];

/* Replace the boot tables: `ram_end` is the first physical address behind RAM (at most DIRECT_SIZE). */
void paging_init(uint32_t ram_end);

/* CR3 of the address space with no guest in it. */
uint32_t paging_boot_cr3(void);

/* The L2 entry value that gives any L3 the hypervisor's gigabyte (slot 3). Shared by all address spaces. */
uint64_t paging_top_l3_entry(void);

/* Map a frame at a page of the gate area, ring 0, writable, in every address space at once. */
void paging_map_gate(uint32_t address, mfn_t mfn);

/* Set a whole entry of the gate area's L1 instead, 0 for not present: for upper floors' windows. */
void paging_set_gate(uint32_t address, uint64_t entry);

/*
 * For upper floors, whose guests bring an L2 of their own for the top gigabyte: copy the hypervisor's slots into one,
 * and add an L1 to them (boot only, before any copy is made).
 */
void paging_copy_top(uint64_t *l2);
void paging_add_top(uint32_t address, const uint64_t *l1);

/* The gate area's L1, to make other views of it; entries may change at any time. */
const uint64_t *paging_gate_l1(void);

/* Fill a fresh L1 or L2 or L3 frame with not-present entries; MFN_NONE when there is no memory. */
mfn_t table_alloc(void);

#endif
