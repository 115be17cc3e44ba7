/* Attack: let the processor set accessed and dirty bits in what was a table: entries taken away without a flush, the
   page then used for something else. Not a bit of it may change. */
/* expect: success */
#include "test.h"

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *page = page_fresh();

    for (unsigned round = 0; round < 16; round++) {
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            l1[i] = entry_of(page, PAGE_PRESENT | PAGE_WRITE);
        page_close(l1);
        test_result("link", table_set(table_l2(1), 0, entry_of(l1, PAGE_PRESENT | PAGE_WRITE)), 0);
        for (unsigned i = 0; i < 64; i++)
            (void)*(volatile uint32_t *)(ADDRESS_FREE + i * PAGE_SIZE);
        test_result("unlink", table_set(table_l2(1), 0, 0), 0);
        page_open(l1);
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            l1[i] = 0x1001;
        for (unsigned i = 0; i < 128; i++)
            test_check(address_is_closed(ADDRESS_FREE + i * PAGE_SIZE, probe_write), "a table that is none was used");
        for (unsigned i = 0; i < TABLE_ENTRIES; i++)
            test_equal("a word", (uint32_t)l1[i], 0x1001);
    }
    test_success();
}
