/* After a new base pointer in the middle of a multicall, or of a list of operations, update_va_mapping and the lists
   themselves are looked for in the new tables. */
/* expect: success */
#include "test.h"

/* Address where the two spaces differ: each has an L1 of its own there. */
static uint64_t *space_with(uint64_t **l1)
{
    uint64_t *l3 = space_make(NULL), *l2 = page_fresh();

    *l1 = page_fresh();
    page_open(l3);
    l2[0] = entry_of(*l1, RIGHTS_ALL);
    l3[1] = entry_of(l2, RIGHTS_L3);
    page_close(*l1);
    page_close(l2);
    page_close(l3);
    test_result("pin", table_pin(3, l3), 0);
    return l3;
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1[2], *page = page_fresh(), *spaces[2] = { space_with(&l1[0]), space_with(&l1[1]) };
    struct mmuext_op base = { MMUEXT_NEW_BASEPTR, frame_of(spaces[1]), 0 };
    uint64_t entry = entry_of(page, RIGHTS_ALL);
    struct multicall_entry list[] = {
        { HYPERCALL_UPDATE_VA_MAPPING, 0, { ADDRESS_FREE, (uint32_t)entry, 0, UVMF_INVLPG } },
        { HYPERCALL_MMUEXT_OP, 0, { (uint32_t)&base, 1, 0, DOMID_SELF } },
        { HYPERCALL_UPDATE_VA_MAPPING, 0, { ADDRESS_FREE + PAGE_SIZE, (uint32_t)entry, 0, UVMF_INVLPG } },
    };

    test_result("first space", table_base(spaces[0]), 0);
    test_result("multicall", hypercall_multicall(list, 3), 0);
    for (unsigned i = 0; i < 3; i++)
        test_result("entry", (int32_t)list[i].result, 0);
    test_check(l1[0][0] != 0 && l1[0][1] == 0, "the first space's L1");
    test_check(l1[1][0] == 0 && l1[1][1] != 0, "the second space's L1");
    *page = 0x600D;
    test_equal("seen", *(volatile uint32_t *)(ADDRESS_FREE + PAGE_SIZE), 0x600D);
    test_check(address_is_closed(ADDRESS_FREE, probe_read), "the first space's mapping in the second");
    test_result("back", table_base(table_l3()), 0);
    test_success();
}
