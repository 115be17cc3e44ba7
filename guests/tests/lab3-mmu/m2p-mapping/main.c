/* Where the machine-to-physical table lies, as memory_op says, and that it is right for every page there is; page
   tables name frames of our own only. */
/* expect: success */
#include "test.h"

static const volatile uint32_t *const m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;

void test_run(void)
{
    struct xen_machphys_mapping mapping = { 0 };

    tables_demand();
    test_result("machphys_mapping", hypercall_memory_op(MEMORY_MACHPHYS_MAPPING, &mapping), 0);
    test_equal("start", mapping.v_start, MACH2PHYS_VIRT_START);
    test_check(mapping.v_end > mapping.v_start && mapping.v_end <= ADDRESS_GATE, "end");
    test_check(mapping.v_start + mapping.max_mfn * 4 < mapping.v_end, "last frame");
    test_check(hypercall_memory_op(MEMORY_MACHPHYS_MAPPING, (void *)ADDRESS_HOLE) < 0, "written to the hypervisor");
    test_check(hypercall_memory_op(MEMORY_MACHPHYS_MAPPING, (void *)address_read_only()) < 0, "written to a table");
    for (uint32_t page = 0; page < start_info->nr_pages; page++) {
        uint32_t mfn = ((const uint32_t *)start_info->mfn_list)[page];

        test_check(mfn <= mapping.max_mfn, "a frame of ours behind the last");
        test_equal("M2P", m2p[mfn], page);
    }
    test_success();
}
