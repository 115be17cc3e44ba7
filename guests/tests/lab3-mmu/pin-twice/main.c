/* A pin is one reference: a second one is refused, an unpin without a pin as well, and so are pins of what is no table
   of that level (abi.md 3.6). */
/* expect: success */
#include "test.h"

static void refused(const char *name, int32_t result)
{
    if (result >= 0)
        test_failure(name);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh(), *open = page_fresh(), *garbage = page_fresh();

    page_close(l1);
    test_result("unpin without a pin", table_unpin(l1), -EINVAL);
    test_result("pin", table_pin(1, l1), 0);
    test_result("pin again", table_pin(1, l1), -EINVAL);
    refused("pin as an L2", table_pin(2, l1));
    refused("pin as an L3", table_pin(3, l1));
    refused("pin as an L4", table_pin(4, l1));
    test_result("unpin", table_unpin(l1), 0);
    test_result("unpin again", table_unpin(l1), -EINVAL);
    page_open(l1);
    refused("pin of a page mapped writable", table_pin(1, open));
    garbage[511] = 0xFFFFFFFFFFFFFFFFull;
    page_close(garbage);
    refused("pin of garbage", table_pin(1, garbage));
    page_open(garbage);
    refused("pin of shared_info", table_op(MMUEXT_PIN_L1_TABLE, start_info->shared_info / PAGE_SIZE, 0));
    refused("pin of frame 0", table_op(MMUEXT_PIN_L1_TABLE, 0, 0));
    refused("pin of no frame", table_op(MMUEXT_PIN_L1_TABLE, 0xFFFFFFFF, 0));
    refused("unpin of shared_info", table_op(MMUEXT_UNPIN_TABLE, start_info->shared_info / PAGE_SIZE, 0));
    refused("unpin of the hypervisor", table_op(MMUEXT_UNPIN_TABLE, 0x100, 0));
    test_result("the first L3 is pinned", table_pin(3, table_l3()), -EINVAL);
    test_success();
}
