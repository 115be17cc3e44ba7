/* Attack: frames that are given back but kept by mappings, and new ones in their place, over and over: a domain must not
   come to more memory than it may have. */
/* expect: success */
#include "test.h"

#define TABLES  24

static int32_t change(uint32_t command, uint32_t *mfn)
{
    struct xen_memory_reservation request = { .extent_start = (uint32_t)mfn, .nr_extents = 1, .domid = DOMID_SELF };

    return hypercall_memory_op(command, &request);
}

void test_run(void)
{
    tables_demand();
    uint64_t *tables[TABLES];
    uint32_t mfn = frame_of(page_fresh()), kept = 0;

    for (unsigned i = 0; i < TABLES; i++) {
        tables[i] = page_fresh();
        page_close(tables[i]);
        test_result("pin", table_pin(1, tables[i]), 0);
    }
    for (uint32_t i = 0; i < TABLES * TABLE_ENTRIES; i++) {
        if (table_set(tables[i / TABLE_ENTRIES], i % TABLE_ENTRIES, entry_frame(mfn, RIGHTS_READ)) != 0)
            test_failure("a frame of ours cannot be mapped");
        if (change(MEMORY_DECREASE_RESERVATION, &mfn) != 1)
            break;
        kept++;
        if (change(MEMORY_INCREASE_RESERVATION, &mfn) != 1)
            break;
    }
    print("%u frames are ours beyond those that we may have\n", kept);
    test_check(kept <= 16, "a domain has come to memory without end");
    test_success();
}
