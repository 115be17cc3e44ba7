/* Attack: as many references to one frame as there is memory for, to make a count overflow; of both kinds, and of an L1
   in as many L2s. Then all of them are dropped, and the frame is anything again. */
/* expect: success */
#include "test.h"

#define TABLES  48

static uint64_t *tables[TABLES];

static void tables_fill(uint64_t entry)
{
    for (unsigned i = 0; i < TABLES; i++) {
        page_open(tables[i]);
        for (unsigned j = 0; j < TABLE_ENTRIES; j++)
            tables[i][j] = entry;
        page_close(tables[i]);
    }
}

static void all_pin(unsigned level)
{
    for (unsigned i = 0; i < TABLES; i++)
        test_result("pin", table_pin(level, tables[i]), 0);
}

static void all_unpin(void)
{
    for (unsigned i = 0; i < TABLES; i++)
        test_result("unpin", table_unpin(tables[i]), 0);
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh(), *l1 = page_fresh();

    for (unsigned i = 0; i < TABLES; i++)
        tables[i] = page_fresh();
    for (unsigned round = 0; round < 3; round++) {
        tables_fill(entry_of(page, round == 1 ? RIGHTS_READ : RIGHTS_ALL));
        all_pin(1);
        page_close(page);
        test_check((table_pin(1, page) == 0) == (round == 1), "a page with 24576 mappings as a table");
        test_check(round == 1 || table_unpin(page) < 0, "unpin of what is not pinned");
        all_unpin();
        test_check((table_pin(1, page) == 0) == (round != 1), "a page with none");
        test_result("unpin", table_unpin(page), 0);
        page_open(page);
    }
    page_close(l1);
    tables_fill(entry_of(l1, RIGHTS_ALL));
    all_pin(2);
    test_check(page_try_write(l1) < 0, "an L1 in 24576 places was written");
    all_unpin();
    page_open(l1);
    test_success();
}
