/* mmu_update and mmuext_op about other domains' memory: only DOMID_SELF and the caller's own number mean the caller,
   and all others are refused before anything is done. */
/* expect: success */
#include "test.h"

static const uint32_t others[] = { 1000, 0x7FEF, 0x7FF1, 0x7FF2, 0x7FF3, 0x7FFF, 0xFFFF, 0x17FF0, 0xFFFFFFFF };

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh(), *l1 = page_fresh();
    struct mmu_update request = { machine_address(&page[0]), 1 };
    struct mmuext_op op = { MMUEXT_PIN_L1_TABLE, frame_of(l1), 0 };
    uint16_t domain = 1000;

    page_close(l1);
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        test_check(hypercall_call(HYPERCALL_MMU_UPDATE, (uint32_t)&request, 1, 0, others[i], 0) < 0, "mmu_update");
        test_check(hypercall_call(HYPERCALL_MMUEXT_OP, (uint32_t)&op, 1, 0, others[i], 0) < 0, "mmuext_op");
        test_check(page[0] == 0, "a refused update was done");
    }
    test_check(table_unpin(l1) != 0, "a refused pin was done");
    test_result("as SELF", hypercall_mmu_update(&request, 1, NULL), 0);
    test_check(page[0] == 1, "as SELF");
    test_check(hypercall_memory_op(MEMORY_CURRENT_RESERVATION, &domain) < 0, "reservation of another domain");
    test_success();
}
