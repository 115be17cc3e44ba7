/* Attack: tables that name themselves or tables of their own level. Read-only in an L1 is harmless and allowed, all
   else is refused, by updates and at validation. */
/* expect: success */
#include "test.h"

static void self_check(unsigned level, uint64_t *table, unsigned index)
{
    uint64_t old = table[index];

    page_open(table);
    table[index] = entry_of(table, level == 3 ? RIGHTS_L3 : RIGHTS_ALL);
    page_close(table);
    test_check(table_pin(level, table) < 0, "a table that names itself");
    page_open(table);
    table[index] = entry_of(table, RIGHTS_READ);
    page_close(table);
    test_check((table_pin(level, table) == 0) == (level == 1), "a table that names itself, read-only");
    if (level == 1)
        test_result("unpin", table_unpin(table), 0);
    page_open(table);
    table[index] = old;
    page_close(table);
}

void test_run(void)
{
    tables_demand();
    uint64_t *top, *l1 = page_fresh(), *l2 = page_fresh(), *l3 = space_make(&top);

    page_close(l1);
    page_close(l2);
    for (unsigned index = 0; index < 4; index++) {
        self_check(1, l1, index * 170);
        self_check(2, l2, index * 170);
        self_check(3, l3, index);
    }
    test_result("pin", table_pin(1, l1), 0);
    test_result("pin", table_pin(2, l2), 0);
    test_result("pin", table_pin(3, l3), 0);
    test_result("an L1's own, read-only", table_set(l1, 3, entry_of(l1, RIGHTS_READ)), 0);
    test_check(table_set(l1, 3, entry_of(l1, RIGHTS_ALL)) < 0, "an L1's own, writable");
    for (uint32_t rights = PAGE_PRESENT; rights <= RIGHTS_ALL; rights += 2) {
        test_check(table_set(l2, 3, entry_of(l2, rights)) < 0, "an L2's own");
        test_check(table_set(l2, 3, entry_of(l3, rights)) < 0, "an L2's L3");
        test_check(table_set(top, 3, entry_of(top, rights)) < 0, "a top L2's own");
        test_check(table_set(l3, 2, entry_of(l3, rights)) < 0, "an L3's own");
        test_check(table_set(table_l3(), 2, entry_of(table_l3(), rights)) < 0, "the live L3's own");
        test_check(table_set(l3, 2, entry_of(table_l3(), rights)) < 0, "another L3");
    }
    test_result("unpin", table_unpin(l1), 0);
    page_open(l1);
    test_success();
}
