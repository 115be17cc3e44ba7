/* Attack: a base pointer to what is no L3: an L1, an L2, the L2 of slot 3, garbage, a page that can be written,
   shared_info, an L3 with a hole in slot 3. Refused, and the old base stays. */
/* expect: success */
#include "test.h"

static void refused(const char *name, const void *page)
{
    if (table_base(page) >= 0)
        test_failure(name);
    test_equal("CR3", cr3_read() & ~0xFFFu, frame_of(table_l3()) << 12);
    test_result("a call", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l3 = space_make(NULL), *empty = page_fresh(), *garbage = page_fresh(), *open = page_fresh();

    refused("the L2 of slot 0", table_l2(0));
    refused("the L2 of slot 3", table_l2(TOP_SLOT));
    refused("an L1", table_l1(0x100000));
    refused("a page that can be written", open);
    refused("the GDT's page", gdt_page);
    page_close(empty);
    refused("an empty page", empty);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        garbage[i] = 0xFFFFFFFFFFFFFFFFull;
    page_close(garbage);
    refused("garbage", garbage);
    for (unsigned i = 0; i < 4; i++) {
        page_open(l3);
        uint64_t entry = l3[i];

        l3[i] = entry_of(table_l1(0), RIGHTS_L3);
        page_close(l3);
        refused("an L1 in a slot", l3);
        page_open(l3);
        l3[i] = i == TOP_SLOT ? 0 : entry | 0x80;
        page_close(l3);
        refused("a bad slot", l3);
        page_open(l3);
        l3[i] = entry;
    }
    test_check(table_op(MMUEXT_NEW_BASEPTR, start_info->shared_info / PAGE_SIZE, 0) < 0, "shared_info");
    test_check(table_op(MMUEXT_NEW_BASEPTR, 0, 0) < 0, "frame 0");
    test_check(table_op(MMUEXT_NEW_BASEPTR, 0xFFFFFFFF, 0) < 0, "no frame");
    refused("an L3 that can be written", l3);
    page_close(l3);
    test_result("the good one", table_base(l3), 0);
    test_result("back", table_base(table_l3()), 0);
    test_success();
}
