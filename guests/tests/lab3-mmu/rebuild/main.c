/* What a loader does: maps all of memory with tables of its own, which lie in the last pages; pins them, switches over,
   unpins the old ones; these are then pages like any others, to be used for something else (abi.md 7.2). */
/* expect: success */
/* memory: 8M */
#include "test.h"

static uint32_t next;       /* page number for the next table, downwards */
static uint64_t *window;
static uint32_t first_table;

/* A page that is not mapped yet, seen through the window. */
static uint32_t table_begin(void)
{
    uint32_t mfn = ((const uint32_t *)start_info->mfn_list)[--next];

    test_result("window", page_map((uint32_t)window, entry_frame(mfn, RIGHTS_ALL)), 0);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        window[i] = 0;
    return mfn;
}

/* All pages, tables old and new read-only; the L1s take the pages behind `first_table`. */
static uint64_t entry_for(uint32_t page)
{
    uint32_t old = start_info->pt_base / PAGE_SIZE;
    bool is_table = page >= first_table || (page >= old && page < old + start_info->nr_pt_frames);

    if (page >= start_info->nr_pages)
        return 0;
    return entry_frame(((const uint32_t *)start_info->mfn_list)[page], is_table ? RIGHTS_READ : RIGHTS_ALL);
}

static uint32_t l2_make(unsigned slot, const uint32_t *l1, unsigned count)
{
    uint32_t mfn = table_begin();

    for (unsigned i = 0; slot == 0 && i < count; i++)
        window[i] = entry_frame(l1[i], RIGHTS_ALL);
    return mfn;
}

static uint32_t tables_build(void)
{
    uint32_t count = (start_info->nr_pages + TABLE_ENTRIES - 1) / TABLE_ENTRIES, l1[64], l2[4], l3;

    test_check(count <= 64, "too much memory for this test");
    next = start_info->nr_pages;
    first_table = next - count - 5;
    for (unsigned i = 0; i < count; i++) {
        l1[i] = table_begin();
        for (unsigned j = 0; j < TABLE_ENTRIES; j++)
            window[j] = entry_for(i * TABLE_ENTRIES + j);
    }
    for (unsigned slot = 0; slot < 4; slot++)
        l2[slot] = l2_make(slot, l1, count);
    l3 = table_begin();
    for (unsigned slot = 0; slot < 4; slot++)
        window[slot] = entry_frame(l2[slot], RIGHTS_L3);
    test_result("window closed", page_map((uint32_t)window, 0), 0);
    return l3;
}

void test_run(void)
{
    tables_demand();
    window = page_fresh();
    uint32_t l3 = tables_build();
    struct mmuext_op list[] = {
        { MMUEXT_PIN_L3_TABLE, l3, 0 }, { MMUEXT_NEW_BASEPTR, l3, 0 },
        { MMUEXT_UNPIN_TABLE, frame_of(table_l3()), 0 },
    };

    test_result("pin, switch, unpin", hypercall_mmuext_op(list, 3), 0);
    for (uint32_t i = 0; i < start_info->nr_pt_frames; i++) {
        uint64_t *old = (uint64_t *)(start_info->pt_base + i * PAGE_SIZE);

        page_open(old);
        for (unsigned j = 0; j < TABLE_ENTRIES; j++)
            old[j] = 0xFFFFFFFFFFFFFFFFull;
    }
    for (uint32_t page = start_info->pt_base / PAGE_SIZE + start_info->nr_pt_frames; page < first_table; page++)
        test_check(!address_is_closed(page * PAGE_SIZE, probe_write), "a page of ours cannot be written");
    test_check(address_is_closed(first_table * PAGE_SIZE, probe_write), "a new table was written");
    test_success();
}
