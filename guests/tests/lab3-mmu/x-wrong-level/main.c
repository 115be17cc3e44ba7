/* Attack: tables used as ones of another level, in every combination, and a page that is writable as any of them. */
/* expect: success */
#include "test.h"

static uint64_t *tables[5], *l1, *l2, *l3, *page;

/* `is`: the level that the table has by its pin; 4 is an L2 in slot 3, 0 a page that can be written. */
static void use(unsigned is, const uint64_t *table)
{
    for (unsigned level = 1; level <= 3; level++)
        test_check(table_pin(level, table) < 0, "pinned as another level");
    test_check((table_set(l2, 5, entry_of(table, RIGHTS_ALL)) == 0) == (is == 1), "an entry of an L2");
    test_check((table_set(table_l2(TOP_SLOT), 5, entry_of(table, RIGHTS_ALL)) == 0) == (is == 1), "of the top L2");
    test_check((table_set(l3, 1, entry_of(table, RIGHTS_L3)) == 0) == (is == 2), "an entry of an L3");
    test_check((table_set(table_l3(), 2, entry_of(table, RIGHTS_L3)) == 0) == (is == 2), "an entry of the live L3");
    test_check(table_set(l3, TOP_SLOT, entry_of(table, RIGHTS_L3)) < 0, "slot 3");
    test_check((table_base(table) == 0) == (is == 3), "base");
    test_result("back", table_base(table_l3()), 0);
    test_check((table_set(l1, 5, entry_of(table, RIGHTS_ALL)) == 0) == (is == 0), "an entry of an L1");
    test_result("read-only", table_set(l1, 5, entry_of(table, RIGHTS_READ)), 0);
    test_result("out of the L1", table_set(l1, 5, 0), 0);
    test_result("out of the L2", table_set(l2, 5, 0), 0);
    test_result("out of the top L2", table_set(table_l2(TOP_SLOT), 5, 0), 0);
    test_result("out of the L3", table_set(l3, 1, 0), 0);
    test_result("out of the live L3", table_set(table_l3(), 2, entry_of(table_l2(2), RIGHTS_L3)), 0);
}

void test_run(void)
{
    tables_demand();
    page = page_fresh();
    l1 = page_fresh();
    l2 = page_fresh();
    l3 = space_make(NULL);
    for (unsigned level = 1; level <= 2; level++) {
        tables[level] = page_fresh();
        page_close(tables[level]);
        test_result("pin", table_pin(level, tables[level]), 0);
    }
    tables[0] = page;
    tables[3] = space_make(&tables[4]);
    page_close(l1);
    page_close(l2);
    test_result("pin", table_pin(1, l1), 0);
    test_result("pin", table_pin(2, l2), 0);
    test_result("pin", table_pin(3, l3), 0);
    test_result("pin", table_pin(3, tables[3]), 0);
    for (unsigned is = 0; is < 5; is++)
        use(is, tables[is]);
    test_success();
}
