/* Attack: the list of updates lies in the page table that it changes, and the place for the count in a page that the
   list takes away. */
/* expect: success */
#include "test.h"

/* A table's entries, read as requests: an entry that is not present may be any number at all. */
static void in_table(uint64_t *l1, const uint64_t *page)
{
    struct mmu_update *list = (struct mmu_update *)l1;

    for (unsigned i = 0; i < 256; i++) {
        /* The value is an entry too: one of a page to be read. The pointer is made not to look present: bit 0 is
           free. */
        list[i].ptr = machine_address(&l1[511 - i % 2]) | MMU_PT_UPDATE_PRESERVE_AD;
        list[i].val = entry_of(page, RIGHTS_READ);
    }
    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    int32_t result = hypercall_mmu_update(list, 256, NULL);

    test_check(result == 0 || result == -EINVAL || result == -ENOSYS || result == -EBUSY, "a list in its own table");
    test_check(page_try_write(l1) < 0, "the table is writable");
    test_result("unpin", table_unpin(l1), 0);
    page_open(l1);
}

/* Machine address of the entry that maps a page. */
static uint64_t entry_place(const void *address)
{
    return machine_address(&table_l1((uint32_t)address)[(uint32_t)address / PAGE_SIZE % TABLE_ENTRIES]);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *page = page_fresh();
    uint32_t *counts = (uint32_t *)page_fresh();
    struct mmu_update *moving = (struct mmu_update *)page_fresh();

    for (unsigned i = 0; i < 8; i++)
        in_table(l1, page);
    moving[0] = (struct mmu_update){ entry_place(counts), 0 };
    test_result("the count's place is gone", hypercall_mmu_update(moving, 1, counts), -EFAULT);
    page_open(counts);
    /* The list's own page goes with its first request. */
    moving[0] = (struct mmu_update){ entry_place(moving), 0 };
    moving[1] = (struct mmu_update){ entry_place(moving), entry_of(moving, RIGHTS_ALL) };
    int32_t result = hypercall_mmu_update(moving, 2, NULL);

    test_check(result == 0 || result == -EFAULT, "a list that takes itself away");
    page_open(moving);
    test_success();
}
