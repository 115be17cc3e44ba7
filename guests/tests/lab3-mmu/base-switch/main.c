/* New base pointer and back: two address spaces that differ in one page, seen as each has it; CR3 tells which. */
/* expect: success */
#include "test.h"

static uint64_t *make_with(const uint64_t *page)
{
    uint64_t *l3 = space_make(NULL), *l2 = page_fresh(), *l1 = page_fresh();

    page_open(l3);
    l1[0] = entry_of(page, RIGHTS_ALL);
    l2[0] = entry_of(l1, RIGHTS_ALL);
    l3[1] = entry_of(l2, RIGHTS_L3);
    page_close(l1);
    page_close(l2);
    page_close(l3);
    return l3;
}

static void space_check(const char *name, const uint64_t *l3, uint32_t seen)
{
    test_result(name, table_base(l3), 0);
    test_equal(name, *(volatile uint32_t *)ADDRESS_FREE, seen);
    test_equal("CR3", cr3_read() & ~0xFFFu, frame_of(l3) << 12);
}

void test_run(void)
{
    tables_demand();
    uint64_t *pages[2] = { page_fresh(), page_fresh() };
    uint64_t *spaces[2] = { make_with(pages[0]), make_with(pages[1]) };

    *pages[0] = 0x11111111;
    *pages[1] = 0x22222222;
    for (unsigned round = 0; round < 4; round++) {
        space_check("first, not pinned", spaces[0], 0x11111111);
        space_check("second, not pinned", spaces[1], 0x22222222);
    }
    test_result("pin", table_pin(3, spaces[0]), 0);
    test_result("pin of the one in use", table_pin(3, spaces[1]), 0);
    for (unsigned round = 0; round < 4; round++) {
        space_check("first", spaces[0], 0x11111111);
        space_check("second", spaces[1], 0x22222222);
    }
    test_result("the same again", table_base(spaces[1]), 0);
    test_result("back", table_base(table_l3()), 0);
    test_check(address_is_closed(ADDRESS_FREE, probe_read), "the initial space maps nothing there");
    for (unsigned i = 0; i < 2; i++) {
        test_result("unpin", table_unpin(spaces[i]), 0);
        page_open(spaces[i]);
    }
    test_success();
}
