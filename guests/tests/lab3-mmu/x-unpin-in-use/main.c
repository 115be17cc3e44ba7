/* Attack: unpin what is still in use, as base or below it, and then write it: the pin goes, the type stays. */
/* expect: success */
#include "test.h"

static void all_closed(const char *name, const uint64_t *l3, const uint64_t *l2, const uint64_t *l1)
{
    if (page_try_write(l3) >= 0 || page_try_write(l2) >= 0 || page_try_write(l1) >= 0)
        test_failure(name);
    if (table_op(MMUEXT_CLEAR_PAGE, frame_of(l3), 0) >= 0 || table_op(MMUEXT_CLEAR_PAGE, frame_of(l2), 0) >= 0)
        test_failure(name);
}

void test_run(void)
{
    tables_demand();
    uint64_t *top, *l3 = space_make(&top), *l2 = page_fresh(), *l1 = page_fresh(), *page = page_fresh();

    page_open(l3);
    l1[0] = entry_of(page, RIGHTS_ALL);
    l2[0] = entry_of(l1, RIGHTS_ALL);
    l3[1] = entry_of(l2, RIGHTS_L3);
    page_close(l1);
    page_close(l2);
    page_close(l3);
    test_result("unpin the L3 that is in use", table_unpin(table_l3()), 0);
    all_closed("the first tables", table_l3(), table_l2(0), table_l1((uint32_t)page));
    test_result("and again", table_unpin(table_l3()), -EINVAL);
    test_result("pin L1", table_pin(1, l1), 0);
    test_result("pin L2", table_pin(2, l2), 0);
    test_result("pin L3", table_pin(3, l3), 0);
    test_result("first L3 pinned again", table_pin(3, table_l3()), 0);
    test_result("base", table_base(l3), 0);
    test_result("unpin L1", table_unpin(l1), 0);
    test_result("unpin L2", table_unpin(l2), 0);
    test_result("unpin L3", table_unpin(l3), 0);
    all_closed("tables of the base", l3, l2, l1);
    test_equal("still mapped", *(volatile uint32_t *)ADDRESS_FREE, 0);
    test_check(table_op(MMUEXT_CLEAR_PAGE, frame_of(top), 0) < 0, "the top L2 was cleared");
    test_result("base, away from it", table_base(table_l3()), 0);
    page_open(l3);
    page_open(l2);
    page_open(l1);
    page_open(top);
    test_success();
}
