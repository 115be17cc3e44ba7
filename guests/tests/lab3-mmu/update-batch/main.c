/* A list of mmu_update stops at its first error, wherever that is: those before it are done, those behind it are not,
   and the guest is told how many (abi.md 3.4). */
/* expect: success */
#include "test.h"

#define COUNT   16

static struct mmu_update list[COUNT];
static uint64_t *l1;
static uint64_t *page;

/* Entry `bad` of the list wants to write a page table. */
static void list_make(unsigned bad)
{
    for (unsigned i = 0; i < COUNT; i++) {
        list[i].ptr = machine_address(&l1[i]);
        list[i].val = entry_of(page, RIGHTS_READ);
    }
    if (bad < COUNT)
        list[bad].val = entry_of(table_l3(), RIGHTS_ALL);
}

static void order_check(unsigned bad, int32_t error)
{
    uint32_t done = 0xAAAAAAAA;

    for (unsigned i = 0; i < COUNT; i++)
        test_result("clean", table_set(l1, i, 0), 0);
    list_make(bad);
    int32_t result = hypercall_mmu_update(list, COUNT, &done);

    test_check((result != 0) == (error != 0), "result");
    test_equal("done", done, bad);
    for (unsigned i = 0; i < COUNT; i++)
        test_check((l1[i] != 0) == (i < bad), "an entry is not as the count says");
    /* Without the count: the same. */
    test_check((hypercall_mmu_update(list, COUNT, NULL) != 0) == (error != 0), "result without a count");
}

void test_run(void)
{
    uint32_t done = 5;

    tables_demand();
    l1 = page_fresh();
    page = page_fresh();
    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    for (unsigned bad = 0; bad < COUNT; bad++)
        order_check(bad, -EBUSY);
    order_check(COUNT, 0);
    test_result("an empty list", hypercall_mmu_update(list, 0, &done), 0);
    test_equal("done of an empty list", done, 0);
    test_result("an empty list nowhere", hypercall_mmu_update((void *)ADDRESS_HOLE, 0, NULL), 0);
    list[0].ptr = machine_address(&l1[0]) | MMU_PT_UPDATE_NO_TRANSLATE;
    test_result("command 3", hypercall_mmu_update(list, 1, NULL), -ENOSYS);
    list_make(COUNT);
    test_result("count in a place that cannot be written",
                hypercall_mmu_update(list, 1, (uint32_t *)address_read_only()), -EFAULT);
    test_success();
}
