/* The L2 of slot 3 gets the hypervisor's entries when its L3 becomes one, and loses them afterwards: what was in these
   slots before comes to nothing, and the M2P is there in every space. */
/* expect: success */
#include "test.h"

void test_run(void)
{
    tables_demand();
    uint64_t *top, *l3 = space_make(&top), *page = page_fresh();
    const volatile uint32_t *m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;

    page_open(top);
    for (unsigned i = TOP_FIRST; i < TABLE_ENTRIES; i++)
        top[i] = entry_of(page, RIGHTS_ALL) | 0x80;     /* a large page, if it came into force */
    page_close(top);
    test_result("pin", table_pin(3, l3), 0);
    for (unsigned i = TOP_FIRST; i < TABLE_ENTRIES; i++)
        test_check(top[i] != (entry_of(page, RIGHTS_ALL) | 0x80), "an entry in the hypervisor's part stayed");
    test_result("base", table_base(l3), 0);
    test_equal("M2P", m2p[frame_of(page)], (uint32_t)page / PAGE_SIZE);
    probe_address = MACH2PHYS_VIRT_START;
    test_expect_closed("writing the M2P", probe_write);
    test_result("back", table_base(table_l3()), 0);
    test_result("unpin", table_unpin(l3), 0);
    for (unsigned i = TOP_FIRST; i < TABLE_ENTRIES; i++)
        test_check(!(top[i] & PAGE_PRESENT), "an entry of the hypervisor's was left in our page");
    page_open(top);
    page_open(l3);
    test_success();
}
