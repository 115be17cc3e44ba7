/* sources: trap_table.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the trap table and the callbacks (floor 2): merging and clearing, lists that end badly, and that
 * nothing a guest says becomes a handler in ring 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "errors.h"
#include "fake_pv.h"
#include "fast_trap.h"

#define LIST 0x40000000u /* one page */

static unsigned updates; /* of the fast gate */

void fast_trap_update(struct pv_vcpu *pv)
{
    assert_ptr_equal(pv, &fake.pv);
    updates++;
}

static int start(void **state)
{
    fake_pv_start(state);
    fake_page(LIST, FAKE_READ);
    updates = 0;
    return 0;
}

static void entry_put(unsigned index, uint8_t vector, uint8_t flags, uint16_t cs, uint32_t eip)
{
    struct trap_info info = { vector, flags, cs, eip };

    fake_put(LIST + index * sizeof(info), &info, sizeof(info));
}

static int32_t set(uint32_t list)
{
    return fake_call(HYPERCALL_SET_TRAP_TABLE, list, 0, 0, 0);
}

static void handler_is(const struct pv_handler *handler, uint16_t cs, uint32_t eip, uint8_t dpl, bool masks)
{
    assert_int_equal(handler->cs, cs);
    assert_int_equal(handler->eip, eip);
    assert_int_equal(handler->dpl, dpl);
    assert_int_equal(handler->masks_events, masks);
}

static void decoding(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        entry_put(0, 7, (uint8_t)flags, SELECTOR_RING1_CODE, 0x1000 + flags);
        entry_put(1, 0, 0, 0, 0);
        assert_int_equal(set(LIST), 0);
        handler_is(&fake.pv.traps[7], SELECTOR_RING1_CODE, 0x1000 + flags, flags & 3, flags & 4);
    }
    for (unsigned cs = 0; cs < 0x10000; cs++) {
        entry_put(0, 7, 0, (uint16_t)cs, 0x1000);
        assert_int_equal(set(LIST), 0);
        assert_int_equal(fake.pv.traps[7].cs, cs % 4 == 0 ? cs + 1 : cs);
    }
}

static void merging(void **state)
{
    (void)state;
    entry_put(0, 3, 3, SELECTOR_RING1_CODE, 0x1000);
    entry_put(1, 4, 3, SELECTOR_RING1_CODE, 0x2000);
    assert_int_equal(set(LIST), 0);
    entry_put(0, 4, 0, SELECTOR_RING1_CODE, 0x3000);
    entry_put(1, 255, 4, SELECTOR_RING1_CODE, 0x4000);
    entry_put(2, 3, 1, SELECTOR_RING1_CODE, 0); /* the end, whatever else it says */
    entry_put(3, 5, 0, SELECTOR_RING1_CODE, 0x5000);
    assert_int_equal(set(LIST), 0);
    handler_is(&fake.pv.traps[3], SELECTOR_RING1_CODE, 0x1000, 3, false);
    handler_is(&fake.pv.traps[4], SELECTOR_RING1_CODE, 0x3000, 0, false);
    handler_is(&fake.pv.traps[255], SELECTOR_RING1_CODE, 0x4000, 0, true);
    handler_is(&fake.pv.traps[5], 0, 0, 0, false);
    assert_int_equal(updates, 0);
}

static void clearing(void **state)
{
    static const struct pv_handler none[256];

    (void)state;
    memset(fake.pv.traps, 0xaa, sizeof(fake.pv.traps));
    assert_int_equal(set(0), 0);
    assert_memory_equal(fake.pv.traps, none, sizeof(none));
    assert_int_equal(updates, 1);
}

static void fast_gate_follows(void **state)
{
    (void)state;
    entry_put(0, 0x7f, 3, SELECTOR_RING1_CODE, 1);
    entry_put(1, 0x81, 3, SELECTOR_RING1_CODE, 1);
    assert_int_equal(set(LIST), 0);
    assert_int_equal(updates, 0);
    entry_put(1, 0x80, 3, SELECTOR_RING1_CODE, 1);
    assert_int_equal(set(LIST), 0);
    assert_int_equal(updates, 1);
}

/* Entries before the end of what is mapped count; and no list is read beyond 256 entries. */
static void lists_without_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 512; i++)
        entry_put(i, (uint8_t)i, 0, SELECTOR_RING1_CODE, i + 1);
    assert_int_equal(set(LIST), 0);
    handler_is(&fake.pv.traps[255], SELECTOR_RING1_CODE, 256, 0, false);
    handler_is(&fake.pv.traps[0], SELECTOR_RING1_CODE, 1, 0, false);
    memset(fake.pv.traps, 0, sizeof(fake.pv.traps));
    assert_int_equal(set(LIST + PAGE_SIZE - 2 * 8), -EFAULT);
    handler_is(&fake.pv.traps[255], SELECTOR_RING1_CODE, 512, 0, false);
    assert_int_equal(set(LIST + PAGE_SIZE - 4), -EFAULT);
    assert_int_equal(set(LIST - 8), -EFAULT);
    assert_int_equal(set(HYPERVISOR_VIRT_START), -EFAULT);
    fake_page(HYPERVISOR_VIRT_START - PAGE_SIZE, FAKE_READ);
    fake_map(HYPERVISOR_VIRT_START, 1, FAKE_WRITE);
    fake_put_word(HYPERVISOR_VIRT_START - 4, 1); /* an entry before the hole, and on into it */
    assert_int_equal(set(HYPERVISOR_VIRT_START - 8), -EFAULT);
}

static void old_callbacks(void **state)
{
    (void)state;
    assert_int_equal(fake_call(HYPERCALL_SET_CALLBACKS, 0xe018, 0x1111, 0xab19, 0x2222), 0);
    handler_is(&fake.pv.callbacks[CALLBACK_EVENT], 0xe019, 0x1111, 0, true);
    handler_is(&fake.pv.callbacks[CALLBACK_FAILSAFE], 0xab19, 0x2222, 0, false);
}

static int32_t callback(uint32_t command, uint16_t type, uint16_t flags, uint32_t cs)
{
    struct callback_register request = { type, flags, { cs, 0x7777 } };

    fake_put(LIST, &request, sizeof(request));
    return fake_call(HYPERCALL_CALLBACK_OP, command, LIST, 0, 0);
}

/* Types as abi.md 2.9 has them: 2 is not for this machine, 6 and all from 8 on are not types. */
static void callback_types(void **state)
{
    static const bool known[16] = { true, true, false, true, true, true, false, true };
    static const struct pv_handler none[PV_CALLBACKS];

    for (unsigned type = 0; type < 0x10000; type++) {
        bool is_known = type < 16 && known[type];

        if (type < 16)
            start(state);
        assert_int_equal(callback(CALLBACK_OP_UNREGISTER, (uint16_t)type, 0, 0),
                         type == CALLBACK_NMI ? 0 : is_known ? -EINVAL : -ENOSYS);
        assert_int_equal(callback(CALLBACK_OP_REGISTER, (uint16_t)type, 0, 0xe018), is_known ? 0 : -ENOSYS);
        if (is_known)
            handler_is(&fake.pv.callbacks[type], 0xe019, 0x7777, 0, type == CALLBACK_EVENT);
        else if (type < 16)
            assert_memory_equal(fake.pv.callbacks, none, sizeof(none));
    }
}

static void callback_flags(void **state)
{
    (void)state;
    assert_int_equal(callback(CALLBACK_OP_REGISTER, CALLBACK_FAILSAFE, CALLBACK_MASK_EVENTS, 0x12340019), 0);
    handler_is(&fake.pv.callbacks[CALLBACK_FAILSAFE], 0x19, 0x7777, 0, true);
    assert_int_equal(callback(CALLBACK_OP_REGISTER, CALLBACK_NMI, 0xfffe, 0xe019), 0);
    handler_is(&fake.pv.callbacks[CALLBACK_NMI], 0xe019, 0x7777, 0, false);
    assert_int_equal(callback(CALLBACK_OP_UNREGISTER, CALLBACK_NMI, 0, 0), 0);
    assert_int_equal(fake.pv.callbacks[CALLBACK_NMI].cs, 0);
    assert_int_equal(callback(2, CALLBACK_NMI, 0, 0xe019), -ENOSYS);
    assert_int_equal(fake_call(HYPERCALL_CALLBACK_OP, 0, LIST + PAGE_SIZE - 8, 0, 0), -EFAULT);
    assert_int_equal(fake_call(HYPERCALL_CALLBACK_OP, 1, LIST + PAGE_SIZE - 2, 0, 0), -EFAULT);
}

static void stack_switches(void **state)
{
    (void)state;
    assert_int_equal(fake_call(HYPERCALL_STACK_SWITCH, 0xffffe020, 0x12345678, 0, 0), 0);
    assert_int_equal(fake.pv.kernel_ss, 0xe021);
    assert_int_equal(fake.pv.kernel_sp, 0x12345678);
    assert_int_equal(updates, 1); /* the TSS has it, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(decoding, start),
        cmocka_unit_test_setup(merging, start),
        cmocka_unit_test_setup(clearing, start),
        cmocka_unit_test_setup(fast_gate_follows, start),
        cmocka_unit_test_setup(lists_without_end, start),
        cmocka_unit_test_setup(old_callbacks, start),
        cmocka_unit_test(callback_types),
        cmocka_unit_test_setup(callback_flags, start),
        cmocka_unit_test_setup(stack_switches, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
