/* A list longer than anybody would do at once: without a place for the count it is done to its end, errors in it are
   still found, and the time in between is everybody's. */
/* expect: success */
#include "test.h"

#define COUNT   4000

static struct mmu_update list[COUNT];

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *page = page_fresh();

    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    for (unsigned i = 0; i < COUNT; i++)
        list[i] = (struct mmu_update){ machine_address(&l1[i % 512]),
                                       entry_of(page, i % 3 ? RIGHTS_READ : RIGHTS_ALL) };
    test_result("4000 updates", hypercall_mmu_update(list, COUNT, NULL), 0);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        unsigned last = i + (COUNT - 1 - i) / 512 * 512;

        test_equal("an entry", (uint32_t)l1[i], (uint32_t)list[last].val);
    }
    for (unsigned i = 0; i < COUNT; i++)
        list[i].val = 0;
    list[COUNT - 1].val = entry_of(l1, RIGHTS_ALL);
    test_check(hypercall_mmu_update(list, COUNT, NULL) < 0, "the last one's error");
    test_equal("the last one", (uint32_t)l1[(COUNT - 1) % 512], 0);
    test_result("unpin", table_unpin(l1), 0);
    page_open(l1);
    test_success();
}
