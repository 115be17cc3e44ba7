/* Where a list of mmu_update may lie: over the edge of a page, at any address, and partly where nothing is: then what
   could be read is done, and the rest is -EFAULT. */
/* expect: success */
#include "test.h"

#define PER_PAGE (PAGE_SIZE / sizeof(struct mmu_update))

static uint64_t *l1;

/* `count` requests at `address`, the index of each its own. */
static void list_write(uint32_t address, uint32_t count, uint64_t value)
{
    struct mmu_update *list = (struct mmu_update *)address;

    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct mmu_update){ machine_address(&l1[i]), value };
}

static void place_check(uint32_t address, const uint64_t *page)
{
    uint32_t done = 0;

    list_write(address, 300, entry_of(page, RIGHTS_READ));
    test_result("a list of 300", hypercall_mmu_update((void *)address, 300, &done), 0);
    test_equal("done", done, 300);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        test_check((l1[i] != 0) == (i < 300), "an entry");
    list_write(address, 300, 0);
    test_result("the same without a count", hypercall_mmu_update((void *)address, 300, NULL), 0);
}

/* The page behind `pages` is gone; the list ends in the middle of a request. */
static void edge_check(uint32_t pages, const uint64_t *page)
{
    uint32_t edge = pages + 2 * PAGE_SIZE, done = 77;

    list_write(edge - 5 * 16 - 8, 5, entry_of(page, RIGHTS_READ));
    test_result("over the edge", hypercall_mmu_update((void *)(edge - 5 * 16 - 8), 6, &done), -EFAULT);
    test_equal("over the edge", done, 5);
    test_check(l1[4] != 0 && l1[5] == 0, "entries over the edge");
    test_result("nowhere", hypercall_mmu_update((void *)edge, 1, &done), -EFAULT);
    test_equal("nowhere", done, 0);
    test_result("hole", hypercall_mmu_update((void *)ADDRESS_HOLE, 1, &done), -EFAULT);
    test_result("M2P", hypercall_mmu_update((void *)MACH2PHYS_VIRT_START, 1, &done), -EFAULT);
    test_result("wraps", hypercall_mmu_update((void *)0xFFFFFFF8, 2, &done), -EFAULT);
    test_result("as long as can be", hypercall_mmu_update((void *)(edge - 16), 0xFFFFFFFF, NULL), -EFAULT);
}

void test_run(void)
{
    tables_demand();
    l1 = page_fresh();
    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    uint32_t pages = (uint32_t)page_fresh();

    page_fresh();
    uint64_t *gone = page_fresh(), *page = page_fresh();

    for (uint32_t offset = 0; offset <= 16; offset += 4)
        place_check(pages + offset, page);
    place_check(pages + 1, page);
    test_result("unmap", page_map((uint32_t)gone, 0), 0);
    edge_check(pages, page);
    test_success();
}
