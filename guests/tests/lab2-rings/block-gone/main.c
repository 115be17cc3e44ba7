/* Takes away the descriptors that FS and GS hold and blocks, both in one hypercall: the hypervisor idles, and no interrupt
   that ends its waiting may find those selectors in its way. Nothing wakes this domain; others must go on. */
/* expect: runs */
#include "test.h"

#define INDEX 1

void test_run(void)
{
    uint64_t place;
    struct multicall_entry list[2];

    gdt_page[INDEX] = DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    place = machine_address(&gdt_page[INDEX]);
    list[0] = (struct multicall_entry){ .op = HYPERCALL_UPDATE_DESCRIPTOR,
                                        .args = { (uint32_t)place, (uint32_t)(place >> 32), 0, 0 } };
    list[1] = (struct multicall_entry){ .op = HYPERCALL_SCHED_OP, .args = { SCHED_BLOCK } };
    print("block-gone: sleeps\n");
    failsafe_catch(true);
    fs_write(SELECTOR_OF(INDEX, 1));
    gs_write(SELECTOR_OF(INDEX, 1));
    hypercall_multicall(list, 2);
    for (;;)
        hypercall_sched_op(SCHED_BLOCK, NULL);
}
