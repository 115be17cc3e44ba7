/* Attack: write descriptors that are in use, through a mapping by every route; use their page as a table, a table as
   their page; and after the table is gone, the page is plain again. */
/* expect: success */
#include "test.h"

static uint64_t table[512] __attribute__((aligned(4096)));

static void closed(const char *name, uint64_t *l1)
{
    struct mmu_update keep = { machine_address(&l1[1]) | MMU_PT_UPDATE_PRESERVE_AD, entry_of(table, RIGHTS_ALL) };

    if (page_try_write(table) >= 0 || table_set(l1, 1, entry_of(table, RIGHTS_ALL)) >= 0 ||
        hypercall_mmu_update(&keep, 1, NULL) >= 0 || table_op(MMUEXT_CLEAR_PAGE, frame_of(table), 0) >= 0 ||
        table_op(MMUEXT_COPY_PAGE, frame_of(table), frame_of(l1)) >= 0 || table_set(table, 1, 0) >= 0)
        test_failure(name);
    for (unsigned level = 1; level <= 3; level++)
        test_check(table_pin(level, table) < 0, "descriptors as a table");
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh();
    uint32_t mfn = frame_of(table), l1_mfn = frame_of(l1);
    const uint32_t twice[2] = { mfn, mfn };
    struct mmuext_op ldt = { MMUEXT_SET_LDT, (uint32_t)table, 512 }, none = { MMUEXT_SET_LDT, 0, 0 };

    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    test_check(hypercall_set_gdt(&mfn, 16) < 0, "a GDT that can be written");
    test_check(hypercall_set_gdt(&l1_mfn, 16) < 0, "a page table as a GDT");
    page_close(table);
    for (unsigned round = 0; round < 4; round++) {
        test_result("set_gdt", hypercall_set_gdt(twice, 1024), 0);
        closed("GDT", l1);
        test_result("LDT as well", hypercall_mmuext_op(&ldt, 1), 0);
        test_result("no GDT", hypercall_set_gdt(NULL, 0), 0);
        closed("LDT", l1);
        test_result("no LDT", hypercall_mmuext_op(&none, 1), 0);
        test_result("as a table", table_pin(1, table), 0);
        test_check(hypercall_update_descriptor(machine_address(&table[5]), 0) < 0, "update_descriptor of a table");
        test_check(hypercall_set_gdt(&mfn, 16) < 0, "a GDT that is a table");
        test_check(hypercall_mmuext_op(&ldt, 1) < 0, "an LDT that is a table");
        test_result("unpin", table_unpin(table), 0);
        page_open(table);
        table[0] = round;
        table[0] = 0;
        page_close(table);
    }
    test_result("set_gdt", hypercall_set_gdt(&mfn, 16), 0);
    for (uint32_t i = 0; i < start_info->nr_pt_frames; i++)
        test_check(hypercall_update_descriptor(machine_address((void *)(start_info->pt_base + i * PAGE_SIZE)), 7) < 0,
                   "a descriptor into a page table");
    test_success();
}
