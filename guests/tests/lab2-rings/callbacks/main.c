/* callback_op and set_callbacks: which kinds are known, which can be taken back, and what is refused. */
/* expect: success */
#include "test.h"

/* The address is never used: nothing here lets an event or a failure happen. */
static int32_t callback_set(uint16_t type)
{
    struct callback_register request = {
        .type = type, .flags = CALLBACK_MASK_EVENTS, .address = { SELECTOR_RING1_CODE, (uint32_t)test_run },
    };

    return hypercall_callback_op(CALLBACK_OP_REGISTER, &request);
}

static int32_t callback_drop(uint16_t type)
{
    struct callback_unregister request = { .type = type };

    return hypercall_callback_op(CALLBACK_OP_UNREGISTER, &request);
}

/* The three that XTF asks for (0, 5 and 7) must work whatever the processor knows (abi.md 2.9). */
static void register_check(void)
{
    test_result("event", callback_set(CALLBACK_EVENT), 0);
    test_result("failsafe", callback_set(CALLBACK_FAILSAFE), 0);
    test_result("nmi", callback_set(CALLBACK_NMI), 0);
    test_result("sysenter", callback_set(CALLBACK_SYSENTER), 0);
    test_result("syscall32", callback_set(CALLBACK_SYSCALL32), 0);
    test_result("type 99", callback_set(99), -ENOSYS);
    test_result("type 65535", callback_set(65535), -ENOSYS);
}

/* A kernel cannot be without the others, so only the NMI callback goes away. */
static void unregister_check(void)
{
    test_result("nmi back", callback_drop(CALLBACK_NMI), 0);
    test_result("event back", callback_drop(CALLBACK_EVENT), -EINVAL);
    test_result("failsafe back", callback_drop(CALLBACK_FAILSAFE), -EINVAL);
    test_result("type 99 back", callback_drop(99), -ENOSYS);
}

void test_run(void)
{
    register_check();
    unregister_check();
    test_result("from nowhere", hypercall_callback_op(CALLBACK_OP_REGISTER, (void *)ADDRESS_UNMAPPED), -EFAULT);
    test_result("from the hole", hypercall_callback_op(CALLBACK_OP_UNREGISTER, (void *)ADDRESS_HOLE), -EFAULT);
    test_result("command 99", hypercall_callback_op(99, NULL), -ENOSYS);
    test_result("set_callbacks", hypercall_set_callbacks(SELECTOR_RING1_CODE, 0x1000, SELECTOR_RING1_CODE, 0x1000), 0);
    test_result("set_callbacks, RPL 0", hypercall_set_callbacks(0, 0, 0, 0), 0);
    test_success();
}
