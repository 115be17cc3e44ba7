/* Pin and unpin of an L1, an L2 and an L3: while pinned a table stays one, though nothing refers to it; afterwards
   it is a page like any other. */
/* expect: success */
#include "test.h"

static const char *const names[] = { "", "L1", "L2", "L3" };

static void pin_check(unsigned level, uint64_t *table)
{
    test_result(names[level], table_pin(level, table), 0);
    test_check(page_try_write(table) < 0, "a pinned table was mapped writable");
    test_check(table_op(MMUEXT_CLEAR_PAGE, frame_of(table), 0) < 0, "a pinned table was cleared");
    test_result("unpin", table_unpin(table), 0);
    page_open(table);
    *(volatile uint64_t *)table = *table;
    page_close(table);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *l2 = page_fresh(), *l3 = space_make(NULL);

    l1[0] = entry_of(l1, RIGHTS_READ);          /* read-only: allowed */
    l2[0] = entry_of(l1, RIGHTS_ALL);
    page_close(l1);
    page_close(l2);
    for (unsigned round = 0; round < 8; round++) {
        pin_check(1, l1);
        pin_check(2, l2);
        pin_check(3, l3);
    }
    test_result("pin of an L2 alone", table_pin(2, l2), 0);
    test_check(page_try_write(l1) < 0, "an L1 below a pinned L2 was mapped writable");
    test_result("unpin", table_unpin(l2), 0);
    page_open(l1);
    test_success();
}
