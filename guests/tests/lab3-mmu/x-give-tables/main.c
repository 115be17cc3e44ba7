/* Attack: give back page tables and descriptors while they are in use: the tables of the base, a pinned one, a GDT, an
   LDT. They stay what they are until nothing uses them; then they are gone. */
/* expect: success */
#include "test.h"

static uint64_t gdt[512] __attribute__((aligned(4096)));

static int32_t give(const void *page)
{
    uint32_t mfn = frame_of(page);
    struct xen_memory_reservation request = { .extent_start = (uint32_t)&mfn, .nr_extents = 1, .domid = DOMID_SELF };

    return hypercall_memory_op(MEMORY_DECREASE_RESERVATION, &request);
}

/* As many as there may be: frames that are in use must not be among them. */
static uint32_t take(void)
{
    static uint32_t list[64];
    struct xen_memory_reservation request = { .extent_start = (uint32_t)list, .nr_extents = 64, .domid = DOMID_SELF };

    return (uint32_t)hypercall_memory_op(MEMORY_POPULATE_PHYSMAP, &request);
}

static uint64_t *space_given(void)
{
    uint64_t *top, *l3 = space_make(&top), *l2 = page_fresh(), *l1 = page_fresh(), *page = page_fresh();

    page_open(l3);
    *page = 0x600D;
    l1[0] = entry_of(page, RIGHTS_ALL);
    l2[0] = entry_of(l1, RIGHTS_ALL);
    l3[1] = entry_of(l2, RIGHTS_L3);
    page_close(l1);
    page_close(l2);
    page_close(l3);
    test_result("pin", table_pin(3, l3), 0);
    test_check(give(l3) == 1 && give(l2) == 1 && give(l1) == 1 && give(page) == 1 && give(top) == 1, "decrease");
    test_check(page_try_write(l3) < 0 && page_try_write(l1) < 0, "a table that was given back is writable");
    return l3;
}

void test_run(void)
{
    tables_demand();
    uint64_t *l3 = space_given();
    uint32_t gdt_frame = frame_of(gdt);

    page_close(gdt);
    test_result("set_gdt", hypercall_set_gdt(&gdt_frame, 512), 0);
    test_result("the GDT's page", give(gdt), 1);
    test_check(page_try_write(gdt) < 0, "descriptors that were given back are writable");
    test_result("update_descriptor", hypercall_update_descriptor(machine_address(&gdt[8]), 0), 0);
    take();
    test_result("base", table_base(l3), 0);
    test_equal("its page", *(volatile uint32_t *)ADDRESS_FREE, 0x600D);
    test_result("unpin", table_unpin(l3), 0);
    test_check(address_is_closed(ADDRESS_FREE + PAGE_SIZE, probe_read), "a page that is not there");
    test_result("base, away from it", table_base(table_l3()), 0);
    test_result("no GDT", hypercall_set_gdt(NULL, 0), 0);
    test_result("unmap", page_map((uint32_t)gdt, 0), 0);
    test_result("the last that kept the L3", page_map((uint32_t)l3, 0), 0);
    test_check(table_base(l3) < 0, "a base that has gone");
    take();
    for (uint32_t i = 0; i < start_info->nr_pt_frames; i++)
        test_result("the first tables", give((void *)(start_info->pt_base + i * PAGE_SIZE)), 1);
    test_result("a call", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
    test_success();
}
