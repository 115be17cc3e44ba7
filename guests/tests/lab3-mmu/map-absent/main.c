/* Entries that are not present mean nothing, whatever their other bits: accepted in L1, L2 and slots 0 to 2 of an
   L3, and read back as written. */
/* expect: success */
#include "test.h"

static const uint64_t garbage[] = {
    0xFFFFFFFFFFFFFFFEull, 0x8000000000000000ull, 0x000000000000009Eull, 0x7FF0000000000080ull, 0xDEADBEEFCAFEBABEull,
    0x0000000000000002ull, 0xFFFFFFFFF8100FFEull, 0,
};

static void entries_check(const char *name, const uint64_t *table, unsigned index)
{
    for (unsigned i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        test_result(name, table_set(table, index, garbage[i]), 0);
        test_equal(name, (uint32_t)table[index], (uint32_t)garbage[i]);
        test_equal(name, (uint32_t)(table[index] >> 32), (uint32_t)(garbage[i] >> 32));
    }
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh(), *l1 = page_fresh(), *l3 = space_make(NULL);

    entries_check("L1", table_l1((uint32_t)page), (uint32_t)page / PAGE_SIZE % TABLE_ENTRIES);
    test_check(address_is_closed((uint32_t)page, probe_read), "not present, but read");
    page_open(page);
    entries_check("L2", table_l2(1), 5);
    entries_check("L2 of slot 3", table_l2(TOP_SLOT), 5);
    test_result("pin", table_pin(3, l3), 0);
    entries_check("L3", l3, 1);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        l1[i] = garbage[i % 8] & ~1ull;
    page_close(l1);
    test_result("an L1 full of them", table_pin(1, l1), 0);
    test_result("unpin", table_unpin(l1), 0);
    page_open(l1);
    test_success();
}
