/* Attack: give a frame back that is still mapped, and wait for its next owner. It must not come to anybody before the
   mapping is gone; and when it is, not even a forgotten translation may reach it. */
/* expect: success */
#include "test.h"

#define COUNT   64

static uint32_t list[COUNT];

static int32_t change(uint32_t command, uint32_t count)
{
    struct xen_memory_reservation request = { (uint32_t)list, count, 0, 0, DOMID_SELF };

    return hypercall_memory_op(command, &request);
}

/* Everything up, and the frame not among it. */
static void up_and_down(uint32_t mfn)
{
    int32_t count;

    for (unsigned i = 0; i < COUNT; i++)
        list[i] = i;
    count = change(MEMORY_POPULATE_PHYSMAP, COUNT);
    for (int32_t i = 0; i < count; i++)
        test_check(list[i] != mfn, "a frame that is still mapped has come back");
    if (count > 0)
        test_result("down again", change(MEMORY_DECREASE_RESERVATION, (uint32_t)count), count);
}

static void give_check(uint32_t rights)
{
    uint64_t *page = page_fresh();
    uint32_t mfn = frame_of(page);

    test_result("map", page_map((uint32_t)page, entry_of(page, rights)), 0);
    list[0] = mfn;
    test_result("decrease", change(MEMORY_DECREASE_RESERVATION, 1), 1);
    list[0] = mfn;
    test_result("decrease again", change(MEMORY_DECREASE_RESERVATION, 1), 0);
    test_check(!address_is_closed((uint32_t)page, probe_read), "the mapping is still there");
    up_and_down(mfn);
    test_result("unmap, without a flush", hypercall_update_va_mapping((uint32_t)page, 0, UVMF_NONE), 0);
    test_check(address_is_closed((uint32_t)page, probe_read), "read through a forgotten translation");
    test_check(page_map((uint32_t)page, entry_frame(mfn, rights)) < 0, "mapped again");
    up_and_down(0xFFFFFFFF);
}

void test_run(void)
{
    tables_demand();
    for (unsigned i = 0; i < 4; i++) {
        give_check(RIGHTS_READ);
        give_check(RIGHTS_ALL);
    }
    test_success();
}
