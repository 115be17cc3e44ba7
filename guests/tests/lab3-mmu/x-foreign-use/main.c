/* Attack: every frame number that is not one's own, in every operation that takes one: pins, unpin, base pointer,
   clear, copy from and to, entries of an L2 and an L3, machine-to-physical, the list that gives frames back,
   descriptors. */
/* expect: success */
#include "test.h"

#define FRAMES  0x8800

static uint8_t is_ours[FRAMES];
static uint64_t *l2, *l3, *page;

static int32_t give_back(uint32_t mfn)
{
    struct xen_memory_reservation request = { .extent_start = (uint32_t)&mfn, .nr_extents = 1, .domid = DOMID_SELF };

    return hypercall_memory_op(MEMORY_DECREASE_RESERVATION, &request);
}

static int32_t update(uint64_t pointer, uint64_t value)
{
    struct mmu_update request = { pointer, value };

    return hypercall_mmu_update(&request, 1, NULL);
}

static void use(uint32_t mfn)
{
    uint64_t machine = (uint64_t)mfn * PAGE_SIZE;

    for (uint32_t command = MMUEXT_PIN_L1_TABLE; command <= MMUEXT_NEW_BASEPTR; command++)
        test_check(table_op(command, mfn, 0) < 0, "an operation on a foreign table");
    test_check(table_op(MMUEXT_CLEAR_PAGE, mfn, 0) < 0, "clear");
    test_check(table_op(MMUEXT_COPY_PAGE, mfn, frame_of(page)) < 0, "copy to");
    test_check(table_op(MMUEXT_COPY_PAGE, frame_of(page), mfn) < 0, "copy from");
    test_check(table_set(l2, 3, entry_frame(mfn, RIGHTS_ALL)) < 0, "an L2's entry");
    test_check(table_set(l3, 1, entry_frame(mfn, RIGHTS_L3)) < 0, "an L3's entry");
    test_check(update(machine, 0) < 0, "written");
    test_check(update(machine | MMU_PT_UPDATE_PRESERVE_AD, 0) < 0, "written, bits kept");
    test_check(update(machine | MMU_MACHPHYS_UPDATE, 0) < 0, "M2P");
    test_check(give_back(mfn) <= 0, "given back");
    test_check(hypercall_set_gdt(&mfn, 16) < 0, "a GDT");
    test_check(hypercall_update_descriptor(machine, 0) < 0, "a descriptor");
}

void test_run(void)
{
    tables_demand();
    page = page_fresh();
    l2 = page_fresh();
    page_close(l2);
    l3 = space_make(NULL);
    test_result("pin", table_pin(2, l2), 0);
    test_result("pin", table_pin(3, l3), 0);
    for (uint32_t i = 0; i < start_info->nr_pages; i++)
        is_ours[((const uint32_t *)start_info->mfn_list)[i]] = 1;
    is_ours[start_info->shared_info / PAGE_SIZE] = 1;   /* x-shared-table is about this one */
    for (uint32_t mfn = 0; mfn < FRAMES; mfn += mfn < 0x800 ? 1 : 7)
        if (!is_ours[mfn])
            use(mfn);
    for (unsigned bit = 15; bit < 32; bit++)
        use(frame_of(page) | 1u << bit);
    test_success();
}
