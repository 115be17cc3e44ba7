/* The processor sets accessed and dirty bits in the guest's own tables, where it can read them: real page tables, no
   copies. */
/* expect: success */
#include "test.h"

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh(), *l1 = page_fresh();
    const volatile uint64_t *entry = (const volatile uint64_t *)l1;

    page_close(l1);
    test_result("table", table_set(table_l2(1), 0, entry_of(l1, PAGE_PRESENT | PAGE_WRITE)), 0);
    for (unsigned i = 0; i < 8; i++) {
        test_result("map", page_map(ADDRESS_FREE, entry_of(page, PAGE_PRESENT | PAGE_WRITE)), 0);
        test_equal("before", (uint32_t)*entry & (PAGE_ACCESSED | PAGE_DIRTY), 0);
        (void)*(volatile uint32_t *)ADDRESS_FREE;
        test_equal("after a read", (uint32_t)*entry & (PAGE_ACCESSED | PAGE_DIRTY), PAGE_ACCESSED);
        *(volatile uint32_t *)ADDRESS_FREE = i;
        test_equal("after a write", (uint32_t)*entry & (PAGE_ACCESSED | PAGE_DIRTY), PAGE_ACCESSED | PAGE_DIRTY);
        test_check(table_l2(1)[0] & PAGE_ACCESSED, "of the table");
    }
    window_close();
    page_open(l1);
    test_success();
}
