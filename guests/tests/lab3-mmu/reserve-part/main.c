/* Lists of memory_op that go wrong in the middle: the number of frames done is the answer, and the first error ends it.
   Large orders, unreadable lists, other domains. */
/* expect: success */
#include "test.h"

static uint32_t *list;

static int32_t change(uint32_t command, uint32_t from, uint32_t count, uint32_t order, uint16_t domain)
{
    struct xen_memory_reservation request = { from, count, order, 0, domain };

    return hypercall_memory_op(command, &request);
}

void test_run(void)
{
    tables_demand();
    list = (uint32_t *)page_fresh();
    uint32_t gone = (uint32_t)page_fresh(), place = (uint32_t)list, edge = gone - 8;
    uint64_t *pages[3] = { page_fresh(), page_fresh(), page_fresh() };

    test_result("unmap", page_map(gone, 0), 0);
    for (unsigned i = 0; i < 3; i++) {
        list[i] = frame_of(pages[i]);
        test_result("unmap", page_map((uint32_t)pages[i], 0), 0);
    }
    list[1] = 0x100;
    test_result("a frame of the hypervisor's in the middle",
                change(MEMORY_DECREASE_RESERVATION, place, 3, 0, DOMID_SELF), 1);
    test_result("given already", change(MEMORY_DECREASE_RESERVATION, place, 1, 0, DOMID_SELF), 0);
    list[0] = start_info->shared_info / PAGE_SIZE;
    test_result("shared_info", change(MEMORY_DECREASE_RESERVATION, place, 1, 0, DOMID_SELF), 0);
    list[0] = 0xFFFFFFFF;
    test_result("no frame", change(MEMORY_DECREASE_RESERVATION, place, 1, 0, DOMID_SELF), 0);
    *(uint32_t *)edge = frame_of(pages[1]);
    *(uint32_t *)(edge + 4) = frame_of(pages[2]);
    test_result("a list over the edge", change(MEMORY_DECREASE_RESERVATION, edge, 3, 0, DOMID_SELF), 2);
    test_check(change(MEMORY_DECREASE_RESERVATION, ADDRESS_HOLE, 1, 0, DOMID_SELF) <= 0, "a list in the hypervisor");
    test_check(change(MEMORY_POPULATE_PHYSMAP, MACH2PHYS_VIRT_START, 1, 0, DOMID_SELF) <= 0, "a list in the M2P");
    test_check(change(MEMORY_POPULATE_PHYSMAP, place, 1, 20, DOMID_SELF) <= 0, "2^20 frames");
    test_check(change(MEMORY_POPULATE_PHYSMAP, place, 1, 32, DOMID_SELF) <= 0, "2^32 frames");
    test_check(change(MEMORY_POPULATE_PHYSMAP, place, 1, 0, 1000) < 0, "for another domain");
    test_check(change(MEMORY_DECREASE_RESERVATION, place, 1, 0, 1000) < 0, "another domain's");
    test_result("none", change(MEMORY_POPULATE_PHYSMAP, place, 0, 0, DOMID_SELF), 0);
    test_check(hypercall_memory_op(MEMORY_POPULATE_PHYSMAP, (void *)ADDRESS_HOLE) < 0, "a request in the hypervisor");
    test_check(hypercall_memory_op(99, NULL) < 0, "no command");
    *(uint32_t *)edge = *(uint32_t *)(edge + 4) = 7;
    test_result("a list over the edge, up", change(MEMORY_POPULATE_PHYSMAP, edge, 3, 0, DOMID_SELF), 2);
    list[0] = 9;
    test_result("the last one", change(MEMORY_POPULATE_PHYSMAP, place, 1, 0, DOMID_SELF), 1);
    test_result("no more", change(MEMORY_POPULATE_PHYSMAP, place, 1, 0, DOMID_SELF), 0);
    test_success();
}
