/* How many frames there are and may be; what increases, decreases and fills in places, one page and many at a time; the
   machine-to-physical table follows. */
/* expect: success */
#include "test.h"

#define COUNT   20

static const volatile uint32_t *const m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;
static uint32_t list[COUNT];

static int32_t change(uint32_t command, uint32_t count)
{
    struct xen_memory_reservation request = { (uint32_t)list, count, 0, 0, DOMID_SELF };

    return hypercall_memory_op(command, &request);
}

static uint32_t frames(uint32_t command)
{
    struct xen_memory_domain request = { DOMID_SELF };

    return (uint32_t)hypercall_memory_op(command, &request);
}

/* Down by COUNT and up again, into the same pages. */
static void around(uint32_t pages, uint32_t up)
{
    uint32_t before = frames(MEMORY_CURRENT_RESERVATION);

    for (unsigned i = 0; i < COUNT; i++) {
        list[i] = frame_of((void *)(pages + i * PAGE_SIZE));
        test_result("unmap", page_map(pages + i * PAGE_SIZE, 0), 0);
    }
    test_result("decrease", change(MEMORY_DECREASE_RESERVATION, COUNT), COUNT);
    test_equal("fewer", frames(MEMORY_CURRENT_RESERVATION), before - COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        test_check(m2p[list[i]] != pages / PAGE_SIZE + i, "the M2P knows a frame that has gone");
    for (unsigned i = 0; i < COUNT; i++)
        list[i] = pages / PAGE_SIZE + i;
    test_result("up", change(up, COUNT), COUNT);
    test_equal("as before", frames(MEMORY_CURRENT_RESERVATION), before);
    for (unsigned i = 0; i < COUNT; i++) {
        uint32_t *page = (uint32_t *)(pages + i * PAGE_SIZE);

        if (up == MEMORY_POPULATE_PHYSMAP)
            test_equal("M2P", m2p[list[i]], pages / PAGE_SIZE + i);
        test_result("map", page_map((uint32_t)page, entry_frame(list[i], RIGHTS_ALL)), 0);
        for (unsigned word = 0; word < 1024; word++)
            test_check(page[word] == 0, "a new frame has somebody's words in it");
        page[5] = 0x12345678;
        ((uint32_t *)start_info->mfn_list)[pages / PAGE_SIZE + i] = list[i];
    }
}

void test_run(void)
{
    tables_demand();
    uint32_t pages = (uint32_t)page_fresh();

    for (unsigned i = 1; i < COUNT; i++)
        page_fresh();
    test_equal("current", frames(MEMORY_CURRENT_RESERVATION), start_info->nr_pages);
    test_check(frames(MEMORY_MAXIMUM_RESERVATION) >= start_info->nr_pages, "maximum");
    test_check(hypercall_memory_op(MEMORY_MAXIMUM_RAM_PAGE, NULL) >= (int32_t)frame_of((void *)pages), "last frame");
    list[0] = 0;
    if (frames(MEMORY_MAXIMUM_RESERVATION) == start_info->nr_pages)
        test_result("beyond the maximum", change(MEMORY_INCREASE_RESERVATION, 1), 0);
    for (unsigned round = 0; round < 4; round++) {
        around(pages, MEMORY_POPULATE_PHYSMAP);
        around(pages, MEMORY_INCREASE_RESERVATION);
    }
    test_success();
}
