/* mmu_update, normal: entries of an L1, an L2 and an L3 that are in use, and of ones that are only pinned; new mappings
   are seen at once, old ones are gone. */
/* expect: success */
#include "test.h"

/* A page at the beginning of each table's reach. */
static void live_check(uint64_t *l1, uint64_t *l2, const uint64_t *page)
{
    test_result("L1 entry", table_set(l1, 7, entry_of(page, RIGHTS_ALL)), 0);
    test_result("L2 entry", table_set(l2, 9, entry_of(l1, RIGHTS_ALL)), 0);
    test_result("L3 entry", table_set(table_l3(), 1, entry_of(l2, RIGHTS_L3)), 0);
    test_equal("seen", (uint32_t)*(volatile uint64_t *)(SLOT_SIZE + 9 * 0x200000 + 7 * PAGE_SIZE), (uint32_t)*page);
    test_result("L3 entry back", table_set(table_l3(), 1, entry_of(table_l2(1), RIGHTS_L3)), 0);
    test_check(address_is_closed(SLOT_SIZE + 9 * 0x200000 + 7 * PAGE_SIZE, probe_read), "gone with the L3's entry");
    test_result("and again", table_set(table_l3(), 1, entry_of(l2, RIGHTS_L3)), 0);
    test_result("without L2 entry", table_set(l2, 9, 0), 0);
    test_check(address_is_closed(SLOT_SIZE + 9 * 0x200000 + 7 * PAGE_SIZE, probe_read), "gone with the L2's entry");
    test_result("empty slot", table_set(table_l3(), 1, 0), 0);
    test_result("its L2 back", table_set(table_l3(), 1, entry_of(table_l2(1), RIGHTS_L3)), 0);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *l2 = page_fresh(), *page = page_fresh();

    *page = 0x5EE5EE;
    page_close(l1);
    page_close(l2);
    test_result("pin L1", table_pin(1, l1), 0);
    test_result("pin L2", table_pin(2, l2), 0);
    for (unsigned i = 0; i < 4; i++)
        live_check(l1, l2, page);
    test_result("unpin L2", table_unpin(l2), 0);
    test_result("unpin L1", table_unpin(l1), 0);
    page_open(l1);
    page_open(l2);
    test_success();
}
