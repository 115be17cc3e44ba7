/* Clear and copy page: whole pages, mapped or not; not of tables, descriptors in use, or what is not the caller's. */
/* expect: success */
#include "test.h"

static uint64_t *target, *source;

static void copy_check(const char *name, int32_t result, bool should)
{
    if ((result == 0) != should)
        test_failure(name);
    test_check(should || target[511] == 5, "a refused operation has written");
}

void test_run(void)
{
    tables_demand();
    target = page_fresh();
    source = page_fresh();
    uint64_t *l1 = page_fresh();

    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        source[i] = i * 0x0101010101ull;
    copy_check("copy", table_op(MMUEXT_COPY_PAGE, frame_of(target), frame_of(source)), true);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        test_check(target[i] == i * 0x0101010101ull, "a copy differs");
    copy_check("clear", table_op(MMUEXT_CLEAR_PAGE, frame_of(target), 0), true);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        test_check(target[i] == 0, "a cleared page has something in it");
    page_close(target);
    copy_check("copy of a table, to a page mapped read-only", table_op(MMUEXT_COPY_PAGE, frame_of(target),
               frame_of(table_l3())), true);
    test_check(target[0] == table_l3()[0], "a copied table");
    page_open(target);
    copy_check("onto itself", table_op(MMUEXT_COPY_PAGE, frame_of(target), frame_of(target)), true);
    target[511] = 5;
    copy_check("clear an L1", table_op(MMUEXT_CLEAR_PAGE, frame_of(l1), 0), false);
    copy_check("clear the L3", table_op(MMUEXT_CLEAR_PAGE, frame_of(table_l3()), 0), false);
    copy_check("copy to an L1", table_op(MMUEXT_COPY_PAGE, frame_of(l1), frame_of(source)), false);
    copy_check("copy from the hypervisor", table_op(MMUEXT_COPY_PAGE, frame_of(target), 0x100), false);
    copy_check("copy from frame 0", table_op(MMUEXT_COPY_PAGE, frame_of(target), 0), false);
    copy_check("copy from no frame", table_op(MMUEXT_COPY_PAGE, frame_of(target), 0xFFFFFFFF), false);
    copy_check("copy to the hypervisor", table_op(MMUEXT_COPY_PAGE, 0x100, frame_of(source)), false);
    copy_check("clear no frame", table_op(MMUEXT_CLEAR_PAGE, 0x8000, 0), false);
    descriptors_protect(gdt_page);
    test_result("set_gdt", gdt_load(16), 0);
    copy_check("copy to the GDT", table_op(MMUEXT_COPY_PAGE, frame_of(gdt_page), frame_of(source)), false);
    copy_check("clear the GDT", table_op(MMUEXT_CLEAR_PAGE, frame_of(gdt_page), 0), false);
    test_success();
}
