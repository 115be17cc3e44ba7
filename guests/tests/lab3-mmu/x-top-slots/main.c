/* Attack: the hypervisor's own entries of the L2 in slot 3, 428 to 511: each written, emptied, changed by bits, by
   every command. Refused, and nothing has changed. */
/* expect: success */
#include "test.h"

static void slot_check(const uint64_t *top, unsigned index, const uint64_t *l1)
{
    const uint64_t before = top[index];
    const uint64_t values[] = { 0, entry_of(l1, RIGHTS_ALL), before, before | PAGE_USER, before | PAGE_WRITE,
                                before ^ 1, 0xFFFFFFFFFFFFFFFFull };

    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct mmu_update keep = { machine_address(&top[index]) | MMU_PT_UPDATE_PRESERVE_AD, values[i] };

        test_check(table_set(top, index, values[i]) < 0, "written");
        test_check(hypercall_mmu_update(&keep, 1, NULL) < 0, "written, bits kept");
        keep.ptr += 4 - MMU_PT_UPDATE_PRESERVE_AD;
        test_check(hypercall_mmu_update(&keep, 1, NULL) < 0, "written in the middle");
        test_check(((top[index] ^ before) & ~(uint64_t)(PAGE_ACCESSED | PAGE_DIRTY)) == 0, "an entry has changed");
    }
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *top, *l3 = space_make(&top);

    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    test_result("pin", table_pin(3, l3), 0);
    for (unsigned index = TOP_FIRST; index < TABLE_ENTRIES; index++) {
        slot_check(table_l2(TOP_SLOT), index, l1);
        slot_check(top, index, l1);
    }
    for (unsigned index = TOP_FIRST - 3; index < TOP_FIRST; index++) {
        test_result("the last of our own", table_set(top, index, entry_of(l1, RIGHTS_ALL)), 0);
        test_result("empty again", table_set(top, index, 0), 0);
    }
    test_success();
}
