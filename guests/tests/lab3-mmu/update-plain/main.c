/* mmu_update on a frame that is no table: the eight bytes are written, whatever they are, as the guest itself could;
   not for shared_info, descriptors in use, or frames that are not its own. */
/* expect: success */
#include "test.h"

static int32_t frame_set(uint32_t mfn, uint64_t value)
{
    struct mmu_update request = { (uint64_t)mfn * PAGE_SIZE + 8, value };

    return hypercall_mmu_update(&request, 1, NULL);
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh();

    test_result("mapped writable", table_set(page, 3, 0xFFFFFFFFFFFFFFFFull), 0);
    test_check(page[3] == 0xFFFFFFFFFFFFFFFFull, "mapped writable");
    page_close(page);
    test_result("mapped read-only", table_set(page, 4, 0x8123456789ABCDEFull), 0);
    test_check(page[4] == 0x8123456789ABCDEFull, "mapped read-only");
    test_result("unmap", page_map((uint32_t)page, 0), 0);
    test_result("not mapped", table_set(page, 5, 0x77), 0);
    page_open(page);
    test_check(page[5] == 0x77 && page[4] == 0x8123456789ABCDEFull, "not mapped");
    test_check(frame_set(start_info->shared_info / PAGE_SIZE, 1) < 0, "shared_info");
    test_check(frame_set(0, 1) < 0, "frame 0");
    test_check(frame_set(0x100, 1) < 0, "the hypervisor's image");
    test_check(frame_set(0xFFFFF, 1) < 0, "no frame");
    descriptors_protect(gdt_page);
    test_result("set_gdt", gdt_load(16), 0);
    test_check(table_set(gdt_page, 1, 0) < 0, "descriptors in use");
    test_success();
}
