/*
 * The first address space of a ring-1 guest (floor 2): page tables in the guest's own memory, which it can read and
 * not write. The L3 that is really loaded is ours: in a real one R/W, U/S, A and D are reserved bits (SDM vol. 3 table
 * 4-8), while guests set them, and it must lie in the first 4 GiB.
 *
 *      vcpu's pdpt [0] [1] [2] [3]       ours; CR3 points here
 *      guest's L3  [0] [1] [2] [3]       in page `tables`, never loaded
 *                   |   |   |   +-> L2   pages tables + 1 ... + 4; the last with the hypervisor's slots, 428-511
 *                   +---+---+----->  +-> L1 ... one for each 2 MiB from map_start to map_end
 *
 * Invariant: an L1 entry that maps one of these tables has no right to write; all others map the guest's own memory.
 * Everything is open to ring 3 in this lab, so that programs can run before floor 3 lets a kernel say which pages are
 * theirs.
 */
#include "pv_space.h"
#include "isolation.h"
#include "paging.h"
#include "pv_memory.h"

#define TABLE_FLAGS 0x067u /* P RW U A D */
#define PAGE_FLAGS  0x067u
#define L3_FLAGS    0x001u /* P */

/* Table `index` of the layout's: 0 is the L3, 1 to 4 the L2s, and the L1s follow in the order of what they map. */
static mfn_t table_frame(const struct pv_domain *pv, const struct pv_layout *layout, uint32_t index)
{
    return pv->frames[layout->tables + index];
}

/*
 * Mapped without the right to write: a guest that writes its own tables maps what it likes. CR0.WP binds ring 1 to it.
 */
static int is_table(const struct pv_layout *layout, uint32_t pfn)
{
    return pfn >= layout->tables && pfn < layout->tables + layout->table_count;
}

/*
 * One L1: 2 MiB from `address`. What lies below virt_base or behind the memory stays not present: map_start is rounded
 * down, and a small guest may have less memory than the window that its kernel was promised.
 */
static void l1_fill(const struct pv_domain *pv, const struct pv_layout *layout, uint64_t *l1, uint32_t virt_base,
                    uint32_t address)
{
    for (uint32_t i = 0; i < TABLE_ENTRIES; i++, address += PAGE_SIZE) {
        uint32_t pfn = (address - virt_base) >> PAGE_SHIFT;

        if (address < virt_base || pfn >= layout->pages)
            continue;
        l1[i] = pte_make(pv->frames[pfn], is_table(layout, pfn) ? PAGE_FLAGS & ~PTE_WRITABLE : PAGE_FLAGS);
    }
}

/* One L1 for each 2 MiB between the two ends; map_end is at most HYPERVISOR_VIRT_START, so the address cannot wrap. */
static void l2_fill(const struct pv_domain *pv, const struct pv_layout *layout, uint32_t virt_base)
{
    uint32_t index = PV_TABLES_ABOVE_L1;

    for (uint32_t address = layout->map_start; address < layout->map_end; address += 1u << 21, index++) {
        uint64_t *l2 = mfn_pointer(table_frame(pv, layout, 1 + l3_index(address)));

        l2[l2_index(address)] = pte_make(table_frame(pv, layout, index), TABLE_FLAGS);
        l1_fill(pv, layout, mfn_pointer(table_frame(pv, layout, index)), virt_base, address);
    }
}

/*
 * The top L2 gets the hypervisor's slots last, over nothing: no guest's mapping reaches there. The guest's L3 and ours
 * say the same now; whoever changes one later has to change the other.
 */
void pv_space_make(struct pv_domain *pv, struct pv_vcpu *vcpu, const struct pv_image *image,
                   const struct pv_layout *layout)
{
    uint64_t *l3 = mfn_pointer(table_frame(pv, layout, 0));

    for (uint32_t i = 0; i < L3_ENTRIES; i++)
        l3[i] = vcpu->pdpt[i] = pte_make(table_frame(pv, layout, 1 + i), L3_FLAGS);
    l2_fill(pv, layout, image->virt_base);
    isolation_fill_top(mfn_pointer(table_frame(pv, layout, L3_ENTRIES)));
    vcpu->base = table_frame(pv, layout, 0); /* what the guest believes to be loaded */
    pv->table_first = layout->tables; /* which pv_may_write() keeps it from, */
    pv->table_count = layout->table_count; /* all of them */
}
