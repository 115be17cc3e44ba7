/* mmu_update that keeps the accessed and dirty bits: an entry's new rights, its old bits; and a normal one, which does
   not. */
/* expect: success */
#include "test.h"

#define HARDWARE (PAGE_ACCESSED | PAGE_DIRTY)

static uint64_t *table;
static unsigned entry;

static int32_t keep_set(uint64_t value)
{
    struct mmu_update request = { machine_address(&table[entry]) | MMU_PT_UPDATE_PRESERVE_AD, value };

    return hypercall_mmu_update(&request, 1, NULL);
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh();

    table = table_l1((uint32_t)page);
    entry = (uint32_t)page / PAGE_SIZE % TABLE_ENTRIES;
    for (uint32_t bits = 0; bits <= HARDWARE; bits += PAGE_ACCESSED) {
        test_result("normal", table_set(table, entry, entry_of(page, PAGE_PRESENT | PAGE_WRITE | bits)), 0);
        test_equal("normal", (uint32_t)table[entry] & HARDWARE, bits);
        test_result("kept, less rights", keep_set(entry_of(page, PAGE_PRESENT)), 0);
        test_equal("kept, less rights", (uint32_t)table[entry], (uint32_t)entry_of(page, PAGE_PRESENT | bits));
        test_result("kept, more rights", keep_set(entry_of(page, PAGE_PRESENT | PAGE_WRITE)), 0);
        test_equal("kept, more rights", (uint32_t)table[entry],
                   (uint32_t)entry_of(page, PAGE_PRESENT | PAGE_WRITE | bits));
    }
    test_check(keep_set(entry_of(table_l3(), RIGHTS_ALL)) < 0, "a table, writable");
    test_check(keep_set(entry_of(page, RIGHTS_ALL) | 0x80) < 0, "PAT bit");
    test_equal("after refusals", (uint32_t)table[entry] & ~HARDWARE,
               (uint32_t)entry_of(page, PAGE_PRESENT | PAGE_WRITE));
    test_success();
}
