/* mmu_update, machine to physical: the table's entry of one's own frames is as one sets it, any value; other frames are
   refused (abi.md 3.4). */
/* expect: success */
#include "test.h"

static const volatile uint32_t *const m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;

static int32_t m2p_set(uint32_t mfn, uint64_t value)
{
    struct mmu_update request = { (uint64_t)mfn * PAGE_SIZE | MMU_MACHPHYS_UPDATE, value };

    return hypercall_mmu_update(&request, 1, NULL);
}

void test_run(void)
{
    tables_demand();
    uint32_t mfn = frame_of(page_fresh()), page = m2p[mfn];
    uint32_t shared = start_info->shared_info / PAGE_SIZE, before = m2p[shared];

    test_result("another number", m2p_set(mfn, 5), 0);
    test_equal("another number", m2p[mfn], 5);
    test_result("a number beyond memory", m2p_set(mfn, 0xFFFFFFFF), 0);
    test_equal("a number beyond memory", m2p[mfn], 0xFFFFFFFF);
    test_result("its own", m2p_set(mfn, page), 0);
    test_equal("its own", m2p[mfn], page);
    test_check(m2p_set(shared, 1) < 0 && m2p[shared] == before, "the entry of shared_info was set");
    test_check(m2p_set(0, 1) < 0, "frame 0");
    test_check(m2p_set(0xFFFFF, 1) < 0, "no frame");
    test_check(m2p_set(mfn | 0x100000, 1) < 0 && m2p[mfn] == page, "a frame above 4 GiB");
    test_success();
}
