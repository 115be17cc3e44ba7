/* Slots 0 to 2 of the L3 in use may be rewritten: the processor, which keeps copies of the four, sees the new ones at
   once. */
/* expect: success */
#include "test.h"

static uint64_t *l2_with(const uint64_t *page)
{
    uint64_t *l2 = page_fresh(), *l1 = page_fresh();

    l1[3] = entry_of(page, RIGHTS_ALL);
    l2[2] = entry_of(l1, RIGHTS_ALL);
    page_close(l1);
    page_close(l2);
    return l2;
}

void test_run(void)
{
    tables_demand();
    uint64_t *pages[2] = { page_fresh(), page_fresh() };
    uint64_t *l2[2] = { l2_with(pages[0]), l2_with(pages[1]) };
    uint32_t place = 2 * 0x200000 + 3 * PAGE_SIZE;

    *pages[0] = 0x11111111;
    *pages[1] = 0x22222222;
    for (unsigned i = 0; i < 8; i++) {
        unsigned slot = 1 + i / 2 % 2;

        test_result("slot", table_set(table_l3(), slot, entry_of(l2[i % 2], i & 4 ? RIGHTS_ALL : RIGHTS_L3)), 0);
        test_equal("seen", *(volatile uint32_t *)(slot * SLOT_SIZE + place), i % 2 ? 0x22222222 : 0x11111111);
    }
    test_result("both slots", table_set(table_l3(), 1, entry_of(l2[1], RIGHTS_L3)), 0);
    test_equal("the same L2 twice", *(volatile uint32_t *)(1 * SLOT_SIZE + place), 0x22222222);
    test_equal("the same L2 twice", *(volatile uint32_t *)(2 * SLOT_SIZE + place), 0x22222222);
    for (unsigned slot = 1; slot <= 2; slot++) {
        test_result("empty", table_set(table_l3(), slot, 0), 0);
        test_check(address_is_closed(slot * SLOT_SIZE + place, probe_read), "an empty slot");
    }
    page_open(l2[0]);
    page_open(l2[1]);
    test_check(table_set(table_l3(), 1, entry_of(l2[1], RIGHTS_L3)) < 0, "an L2 mapped writable");
    test_success();
}
