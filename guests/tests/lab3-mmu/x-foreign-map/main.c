/* Attack: every frame number there is, mapped for reading and for writing. Accepted are one's own and shared_info, and
   for writing no table; all others, the hypervisor's and the neighbours', are refused. */
/* expect: success */
#include "test.h"

#define FRAMES  0x9000      /* more than the 128 MiB that this hypervisor uses */

static uint8_t is_ours[FRAMES];

static void sweep(uint64_t *l1, uint32_t rights, uint32_t expected)
{
    uint32_t accepted = 0;

    for (uint32_t mfn = 0; mfn < FRAMES; mfn++) {
        int32_t result = table_set(l1, mfn % TABLE_ENTRIES, entry_frame(mfn, rights));

        if (result == 0 && !is_ours[mfn]) {
            print("frame %x\n", mfn);
            test_failure("a frame of somebody else's was mapped");
        }
        accepted += result == 0;
        test_result("unmap", table_set(l1, mfn % TABLE_ENTRIES, 0), 0);
    }
    test_equal("frames accepted", accepted, expected);
}

void test_run(void)
{
    tables_demand();
    uint64_t *l1 = page_fresh();

    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    for (uint32_t page = 0; page < start_info->nr_pages; page++)
        is_ours[((const uint32_t *)start_info->mfn_list)[page]] = 1;
    is_ours[start_info->shared_info / PAGE_SIZE] = 1;
    sweep(l1, RIGHTS_READ, start_info->nr_pages + 1);
    sweep(l1, RIGHTS_ALL, start_info->nr_pages + 1 - start_info->nr_pt_frames - 1);
    for (unsigned bit = 15; bit < 40; bit++) {
        test_check(table_set(l1, 0, entry_of(l1, RIGHTS_READ) | 1ull << (bit + 12)) < 0 || bit < 15, "a high frame");
        test_check(table_set(l1, 0, 1ull << (bit + 12) | RIGHTS_READ) < 0, "a power of two");
    }
    test_success();
}
