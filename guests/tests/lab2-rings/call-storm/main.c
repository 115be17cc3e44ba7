/* A hundred thousand hypercalls without a pause, good, bad and unknown, and in batches; beside it others go on. */
/* expect: success */
#include "test.h"

#define ROUNDS 20000

static struct multicall_entry batch[16];

void test_run(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        test_result("null", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
        test_result("bad", hypercall_vm_assist(VM_ASSIST_ENABLE, 31), -EINVAL);
        test_result("fault", hypercall_xen_version(XENVER_CAPABILITIES, (void *)ADDRESS_HOLE), -EFAULT);
        hypercall_stack_switch(SELECTOR_RING1_DATA, (uint32_t)trap_stack_top);
        for (unsigned i = 0; i < 16; i++)
            batch[i] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
        if (round % 64 == 0)
            test_result("batch", hypercall_multicall(batch, 16), 0);
    }
    test_success();
}
