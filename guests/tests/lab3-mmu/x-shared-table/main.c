/* Attack: shared_info, which the guest can always write, as a table of any level, as descriptors, given back, or found
   in a table below; the hypervisor's own tables as ours. */
/* expect: success */
#include "test.h"

#define LARGE   0x80

static uint64_t *tables[4];

static void refused(const char *name, uint32_t mfn)
{
    for (unsigned level = 1; level <= 3; level++)
        if (table_op(MMUEXT_PIN_L1_TABLE + level - 1, mfn, 0) >= 0)
            test_failure(name);
    if (table_op(MMUEXT_NEW_BASEPTR, mfn, 0) >= 0 || table_set(tables[2], 0, entry_frame(mfn, RIGHTS_ALL)) >= 0 ||
        table_set(tables[3], 1, entry_frame(mfn, RIGHTS_L3)) >= 0 || hypercall_set_gdt(&mfn, 16) >= 0)
        test_failure(name);
}

void test_run(void)
{
    tables_demand();
    uint32_t shared = start_info->shared_info / PAGE_SIZE, top = 0;
    struct mmuext_op ldt = { MMUEXT_SET_LDT, (uint32_t)shared_info, 8 };
    struct xen_memory_reservation give = { .extent_start = (uint32_t)&shared, .nr_extents = 1, .domid = DOMID_SELF };

    tables[2] = page_fresh();
    tables[3] = space_make(NULL);
    page_close(tables[2]);
    test_result("pin", table_pin(2, tables[2]), 0);
    test_result("pin", table_pin(3, tables[3]), 0);
    refused("shared_info, mapped", shared);
    test_check(hypercall_mmuext_op(&ldt, 1) < 0, "shared_info as an LDT");
    test_result("shared_info given back", hypercall_memory_op(MEMORY_DECREASE_RESERVATION, &give), 0);
    test_result("unmap", page_map((uint32_t)shared_info, 0), 0);
    refused("shared_info, not mapped", shared);
    for (unsigned i = TOP_FIRST; i < TABLE_ENTRIES; i++) {
        top = (uint32_t)(table_l2(TOP_SLOT)[i] >> 12);
        if (!(table_l2(TOP_SLOT)[i] & PAGE_PRESENT) || (table_l2(TOP_SLOT)[i] & LARGE))
            continue;       /* a large page is memory, and that may be ours */
        refused("a table of the hypervisor's", top);
        test_check(table_set(table_l1(0), 0, entry_frame(top, RIGHTS_READ)) < 0, "one of them, to read");
    }
    test_success();
}
