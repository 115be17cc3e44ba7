/* What a kernel does that grows its window: a page is made read-only, becomes an L1 by being named in an L2, and is
   then filled with 512 mappings in one list (abi.md 7.3). */
/* expect: success */
/* memory: 8M */
#include "test.h"

static struct mmu_update list[TABLE_ENTRIES];

void test_run(void)
{
    tables_demand();
    const uint32_t *frames = (const uint32_t *)start_info->mfn_list;
    uint32_t first = 0;

    while (page_entry(first) & PAGE_PRESENT)
        first += 0x200000;
    test_check(first / PAGE_SIZE + TABLE_ENTRIES <= start_info->nr_pages, "all memory is mapped at the start");
    for (uint32_t address = first; address / PAGE_SIZE + TABLE_ENTRIES <= start_info->nr_pages; address += 0x200000) {
        uint64_t *l1 = page_fresh();

        test_result("read-only", table_set(table_l1((uint32_t)l1), (uint32_t)l1 / PAGE_SIZE % TABLE_ENTRIES,
                                           entry_of(l1, PAGE_PRESENT | PAGE_ACCESSED)), 0);
        test_result("named", table_set(table_l2(0), address / 0x200000, entry_of(l1, RIGHTS_ALL)), 0);
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            list[i] = (struct mmu_update){ machine_address(&l1[i]),
                                           entry_frame(frames[address / PAGE_SIZE + i], PAGE_PRESENT | PAGE_WRITE) };
        test_result("512 mappings", hypercall_mmu_update(list, TABLE_ENTRIES, NULL), 0);
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            *(volatile uint32_t *)(address + i * PAGE_SIZE) = address + i;
    }
    for (uint32_t address = first; address / PAGE_SIZE + TABLE_ENTRIES <= start_info->nr_pages; address += 0x200000)
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            test_equal("a page of the new memory", *(volatile uint32_t *)(address + i * PAGE_SIZE), address + i);
    test_result("NULL page", page_map(0, 0), 0);
    test_check(address_is_closed(4, probe_read), "NULL page");
    test_success();
}
