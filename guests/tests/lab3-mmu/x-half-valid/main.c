/* Attack: an L1, an L2 and an L3 that are good up to their last entry. Nothing of them may stay counted: afterwards
   each page that they name can be written, be a table, and be given back. */
/* expect: success */
#include "test.h"

#define TARGETS 8

static uint64_t *targets[TARGETS];

/* Each can be a table of any level, and be written. */
static void targets_check(void)
{
    for (unsigned i = 0; i < TARGETS; i++) {
        page_close(targets[i]);
        for (unsigned level = 1; level <= 2; level++) {
            test_result("a page that a bad table named, as a table", table_pin(level, targets[i]), 0);
            test_result("unpin", table_unpin(targets[i]), 0);
        }
        page_open(targets[i]);
    }
}

static void bad_check(unsigned level, uint64_t *table, unsigned last, uint64_t bad, uint32_t rights)
{
    for (unsigned i = 0; i < TARGETS; i++)
        if (level == 1 && !(rights & PAGE_WRITE))
            page_open(targets[i]);
        else if (level > 1)
            page_close(targets[i]);
    page_open(table);
    for (unsigned i = 0; i < last; i++)
        table[i] = entry_of(targets[i % TARGETS], level == 3 ? RIGHTS_L3 : rights);
    table[last] = bad;
    page_close(table);
    test_check(table_pin(level, table) < 0, "a table with a bad entry at its end");
    if (level == 1)
        test_check(table_set(table_l2(1), 0, entry_of(table, RIGHTS_ALL)) < 0, "named by an L2");
    if (level == 3)
        test_check(table_base(table) < 0, "as base");
    page_open(table);
    targets_check();
}

void test_run(void)
{
    tables_demand();
    uint64_t *table = page_fresh();

    for (unsigned i = 0; i < TARGETS; i++)
        targets[i] = page_fresh();
    const uint64_t good = entry_of(targets[0], RIGHTS_ALL);
    const uint64_t bad[] = { entry_of(table, RIGHTS_ALL), entry_frame(0x100, RIGHTS_READ),
                             entry_of(table_l3(), RIGHTS_ALL), good | 0x80, 0xFFFFFFFFFFFFFFFFull, good | 1ull << 63,
                             entry_frame(0xFFFFF, RIGHTS_ALL) };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bad_check(1, table, 511, bad[i], RIGHTS_ALL);
        bad_check(1, table, 511, bad[i], RIGHTS_READ);
        bad_check(1, table, 1, bad[i], RIGHTS_ALL);
        bad_check(1, table, 0, bad[i], RIGHTS_ALL);
        bad_check(2, table, 511, bad[i], RIGHTS_ALL);
        bad_check(3, table, 3, bad[i], RIGHTS_ALL);
    }
    bad_check(3, table, 3, 0, RIGHTS_ALL);
    bad_check(3, table, 3, entry_of(targets[0], RIGHTS_L3), RIGHTS_ALL);
    test_success();
}
