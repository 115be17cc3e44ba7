/* Attack: the L2 with the hypervisor's entries in two places at once: in two L3s, in two slots of one, pinned as a
   plain L2; slot 3 rewritten or empty, live and not. */
/* expect: success */
#include "test.h"

static uint64_t *l3;

static void slots_check(const char *name, unsigned slot, const uint64_t *l2)
{
    page_open(l3);
    uint64_t entry = l3[slot];

    l3[slot] = l2 == NULL ? 0 : entry_of(l2, RIGHTS_L3);
    page_close(l3);
    if (table_pin(3, l3) >= 0 || table_base(l3) >= 0)
        test_failure(name);
    page_open(l3);
    l3[slot] = entry;
    page_close(l3);
}

static void live_check(const uint64_t *live, const uint64_t *spare)
{
    test_check(table_set(live, TOP_SLOT, 0) < 0, "slot 3 emptied");
    test_check(table_set(live, TOP_SLOT, entry_of(spare, RIGHTS_L3)) < 0, "slot 3 rewritten");
    test_check(table_set(live, TOP_SLOT, entry_of(table_l2(0), RIGHTS_L3)) < 0, "a plain L2 into slot 3");
    test_check(table_set(live, 1, entry_of(table_l2(TOP_SLOT), RIGHTS_L3)) < 0, "the top L2 into slot 1");
}

void test_run(void)
{
    tables_demand();
    uint64_t *top, *spare = page_fresh();

    page_close(spare);
    l3 = space_make(&top);
    slots_check("the top L2 of two L3s", TOP_SLOT, table_l2(TOP_SLOT));
    slots_check("the other's top L2 in slot 0", 0, table_l2(TOP_SLOT));
    slots_check("one L2 in slots 2 and 3", 2, top);
    slots_check("a plain L2 in slot 3", TOP_SLOT, table_l2(1));
    slots_check("nothing in slot 3", TOP_SLOT, NULL);
    test_result("pin", table_pin(2, top), 0);
    test_check(table_pin(3, l3) < 0, "a pinned plain L2 in slot 3");
    test_result("unpin", table_unpin(top), 0);
    test_result("pin", table_pin(3, l3), 0);
    test_check(table_pin(2, top) < 0, "a top L2 pinned as a plain one");
    live_check(l3, spare);
    live_check(table_l3(), spare);
    test_result("base", table_base(l3), 0);
    live_check(l3, spare);
    test_result("back", table_base(table_l3()), 0);
    test_result("unpin", table_unpin(l3), 0);
    page_open(top);
    test_success();
}
