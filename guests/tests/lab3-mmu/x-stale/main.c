/* Attack: keep a translation in the TLB while its mapping is taken away without a flush, by each route, and then let
   the frame become a table. A write through the old translation must fault. */
/* expect: success */
#include "test.h"

static uint64_t *victim, *l1;

static void stale_check(const char *name)
{
    if (!address_is_closed(ADDRESS_FREE, probe_write))
        test_failure(name);
    test_result("as a table", table_pin(1, victim), 0);
    test_check(address_is_closed(ADDRESS_FREE, probe_write), name);
    test_result("unpin", table_unpin(victim), 0);
}

/* In the TLB, dirty: the processor need not look at the table again. */
static void translation_make(void)
{
    test_result("map", hypercall_update_va_mapping(ADDRESS_FREE, entry_of(victim, RIGHTS_ALL), UVMF_NONE), 0);
    *(volatile uint32_t *)ADDRESS_FREE = 0;
}

static void table_cached(void)
{
    uint64_t entry = entry_of(l1, RIGHTS_ALL);

    test_result("link", table_set(table_l2(1), 0, entry), 0);
    test_check(address_is_closed(ADDRESS_FREE + PAGE_SIZE, probe_read), "an empty entry");
    test_result("unlink", table_set(table_l2(1), 0, 0), 0);
    page_open(l1);
    l1[1] = entry_of(table_l3(), RIGHTS_ALL);
    test_check(address_is_closed(ADDRESS_FREE + PAGE_SIZE, probe_read), "a table that is none any more was used");
    l1[1] = 0;
    page_close(l1);
    test_result("link", table_set(table_l2(1), 0, entry), 0);
}

void test_run(void)
{
    tables_demand();
    victim = page_fresh();
    l1 = page_fresh();
    page_close(l1);
    page_close(victim);
    window_open(l1);
    for (unsigned i = 0; i < 8; i++) {
        translation_make();
        test_result("unmap", hypercall_update_va_mapping(ADDRESS_FREE, 0, UVMF_NONE), 0);
        stale_check("update_va_mapping, nothing");
        translation_make();
        test_result("less", hypercall_update_va_mapping(ADDRESS_FREE, entry_of(victim, RIGHTS_READ), UVMF_NONE), 0);
        stale_check("update_va_mapping, less");
        translation_make();
        test_result("unmap", table_set(l1, 0, 0), 0);
        stale_check("mmu_update");
        translation_make();
        test_result("out", table_set(table_l2(1), 0, 0), 0);
        stale_check("the L1 taken out");
        page_open(l1);
        l1[0] = 0;
        page_close(l1);
        test_result("in", table_set(table_l2(1), 0, entry_of(l1, RIGHTS_ALL)), 0);
        table_cached();
    }
    test_success();
}
