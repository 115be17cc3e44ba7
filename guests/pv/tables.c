/* Building page tables (floor 3): see tables.h. Owns the free pages behind the boot stack, which the builder maps
   writable (abi.md 1.2: at least 512 KiB of them), and gives each of them away once. */
#include "tables.h"

#include <stddef.h>

#include "hypercall.h"
#include "test.h"

static uint32_t next;       /* address of the next free page; 0: none has been asked for */

uint32_t probe_address;

/* A call that changes nothing: the null request list. */
void tables_demand(void)
{
    if (hypercall_mmu_update(NULL, 0, NULL) == -ENOSYS)
        test_skip("page tables cannot be changed here: floor 3 is missing");
}

/* The pages behind the stack come right behind the tables and the stack's own page. */
uint64_t *page_fresh(void)
{
    uint32_t page = next != 0 ? next : start_info->pt_base + (start_info->nr_pt_frames + 1) * PAGE_SIZE;

    if ((page_entry(page) & (PAGE_PRESENT | PAGE_WRITE)) != (PAGE_PRESENT | PAGE_WRITE))
        test_error("no fresh page is left");
    next = page + PAGE_SIZE;
    return (uint64_t *)page;
}

uint64_t entry_of(const void *page, uint32_t rights)
{
    return entry_frame(frame_of(page), rights);
}

uint64_t entry_frame(uint32_t mfn, uint32_t rights)
{
    return (uint64_t)mfn * PAGE_SIZE | rights;
}

int32_t page_map(uint32_t address, uint64_t entry)
{
    return hypercall_update_va_mapping(address, entry, UVMF_INVLPG);
}

void page_close(const void *page)
{
    test_result("mapping a page read-only", page_map((uint32_t)page, entry_of(page, RIGHTS_READ)), 0);
}

void page_open(const void *page)
{
    test_result("mapping a page writable", page_try_write(page), 0);
}

int32_t page_try_write(const void *page)
{
    return page_map((uint32_t)page, entry_of(page, RIGHTS_ALL));
}

/* L3 first, the four L2, then the L1s, in the order of what they map (abi.md 1.2). */
uint64_t *table_l3(void)
{
    return (uint64_t *)start_info->pt_base;
}

uint64_t *table_l2(unsigned slot)
{
    return (uint64_t *)(start_info->pt_base + (1 + slot) * PAGE_SIZE);
}

uint64_t *table_l1(uint32_t address)
{
    return (uint64_t *)(start_info->pt_base + (5 + (address >> 21)) * PAGE_SIZE);
}

int32_t table_set(const uint64_t *table, unsigned index, uint64_t entry)
{
    struct mmu_update request = { machine_address(&table[index]) | MMU_NORMAL_PT_UPDATE, entry };

    return hypercall_mmu_update(&request, 1, NULL);
}

int32_t table_op(uint32_t command, uint32_t arg1, uint32_t arg2)
{
    struct mmuext_op op = { command, arg1, arg2 };

    return hypercall_mmuext_op(&op, 1);
}

int32_t table_pin(unsigned level, const void *page)
{
    return table_op(MMUEXT_PIN_L1_TABLE + level - 1, frame_of(page), 0);
}

int32_t table_unpin(const void *page)
{
    return table_op(MMUEXT_UNPIN_TABLE, frame_of(page), 0);
}

int32_t table_base(const void *page)
{
    return table_op(MMUEXT_NEW_BASEPTR, frame_of(page), 0);
}

/* The L2 of slot 3 belongs to one L3 only, so it is copied, without the hypervisor's part. */
uint64_t *space_make(uint64_t **top)
{
    uint64_t *l3 = page_fresh(), *l2 = page_fresh();

    for (unsigned i = 0; i < TOP_FIRST; i++)
        l2[i] = table_l2(TOP_SLOT)[i];
    for (unsigned slot = 0; slot < TOP_SLOT; slot++)
        l3[slot] = entry_of(table_l2(slot), RIGHTS_L3);
    l3[TOP_SLOT] = entry_of(l2, RIGHTS_L3);
    page_close(l2);
    page_close(l3);
    if (top != NULL)
        *top = l2;
    return l3;
}

void window_open(const uint64_t *l1)
{
    test_result("an L1 into an L2", table_set(table_l2(1), 0, entry_of(l1, RIGHTS_ALL)), 0);
}

void window_close(void)
{
    test_result("an L1 out of an L2", table_set(table_l2(1), 0, 0), 0);
    test_result("flush", table_op(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
}

void probe_read(void)
{
    (void)*(volatile uint32_t *)probe_address;
}

/* The value stays as it is, if it can be written. */
void probe_write(void)
{
    __asm__ volatile("lock; orl $0, (%0)" : : "r"(probe_address) : "memory", "cc");
}

bool address_is_closed(uint32_t address, void (*probe)(void))
{
    struct trap_record record = { .cr2 = 0 };

    probe_address = address;
    return trap_happens(probe, &record) && record.frame.vector == VECTOR_PAGE && record.cr2 == address;
}
