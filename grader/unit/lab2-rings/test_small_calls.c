/* sources: sched_op.c platform.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the small calls (floor 2): sched_op in its two forms, FPU ownership, assists, and rights to ports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi_sched.h"
#include "errors.h"
#include "fake_pv.h"

#define PLACE 0x40000000u /* one page */

static int start(void **state)
{
    fake_pv_start(state);
    fake_page(PLACE, FAKE_READ);
    return 0;
}

static int32_t sched(uint32_t command, uint32_t argument)
{
    return fake_call(HYPERCALL_SCHED_OP, command, argument, 0, 0);
}

/* Out of the queue and in again, still awake. */
static void yielding(void **state)
{
    (void)state;
    assert_int_equal(sched(SCHED_YIELD, 0), 0);
    assert_int_equal(fake.sleeps, 1);
    assert_int_equal(fake.wakes, 1);
    assert_true(fake.domain.vcpu[0].is_awake);
}

/* Events are let in, and a reason that is there already ends the wait before it begins. */
static void blocking(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        bool pending = i & 1, typed = i & 2;

        start(state);
        fake.info.evtchn_upcall_mask = 1;
        fake.info.evtchn_upcall_pending = pending;
        fake.owner->input_count = typed;
        assert_int_equal(fake_call(i % 2 ? HYPERCALL_SCHED_OP_COMPAT : HYPERCALL_SCHED_OP, SCHED_BLOCK, 0, 0, 0), 0);
        assert_int_equal(fake.info.evtchn_upcall_mask, 0);
        assert_int_equal(fake.sleeps, !pending && !typed);
        assert_int_equal(fake.flushes, fake.sleeps); /* a prompt is to be seen */
    }
}

static int32_t shutdown(bool is_old, uint32_t reason)
{
    if (is_old)
        return fake_call(HYPERCALL_SCHED_OP_COMPAT, SCHED_SHUTDOWN, reason, 0, 0);
    *(uint32_t *)(void *)fake_byte(PLACE) = reason;
    return sched(SCHED_SHUTDOWN, PLACE);
}

static void ends(void **state)
{
    for (unsigned is_old = 0; is_old < 2; is_old++) {
        for (uint32_t reason = 0; reason <= SHUTDOWN_MAX; reason++) {
            start(state);
            assert_int_equal(shutdown(is_old, reason), 0);
            assert_int_equal(fake.crashes, reason == SHUTDOWN_CRASH);
            assert_int_equal(fake.ends, reason != SHUTDOWN_CRASH);
            assert_int_equal(fake.status, reason != SHUTDOWN_POWEROFF && reason != SHUTDOWN_CRASH);
        }
        start(state);
        assert_int_equal(shutdown(is_old, SHUTDOWN_MAX + 1), -EINVAL);
        assert_int_equal(shutdown(is_old, UINT32_MAX), -EINVAL);
        assert_true(domain_is_alive(&fake.domain));
    }
    assert_int_equal(sched(SCHED_SHUTDOWN, PLACE - 4), -EFAULT);
    assert_int_equal(sched(SCHED_SHUTDOWN, PLACE + PAGE_SIZE - 2), -EFAULT);
    assert_true(domain_is_alive(&fake.domain));
}

static void crash_words(void **state)
{
    (void)state;
    shutdown(false, SHUTDOWN_CRASH);
    assert_string_equal(fake.reason, "the guest reported a crash");
}

static void unknown_commands(void **state)
{
    (void)state;
    assert_int_equal(sched(1000, PLACE), -ENOSYS);
    assert_int_equal(fake_call(HYPERCALL_SCHED_OP_COMPAT, 1000, 0, 0, 0), -ENOSYS);
    assert_int_equal(fake_call(HYPERCALL_PHYSDEV_OP, 1000, PLACE, 0, 0), -ENOSYS);
    assert_int_equal(fake.sleeps, 0);
}

/* Any value but 0 sets it; the real TS is settled on the way out. */
static void task_switched(void **state)
{
    (void)state;
    assert_int_equal(fake_call(HYPERCALL_FPU_TASKSWITCH, 0x80000000, 0, 0, 0), 0);
    assert_true(fake.pv.task_switched && trap_has_work);
    trap_has_work = false;
    assert_int_equal(fake_call(HYPERCALL_FPU_TASKSWITCH, 0, 0, 0, 0), 0);
    assert_true(!fake.pv.task_switched && trap_has_work);
}

static void assists(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 40; type++) {
        int32_t expected = type <= 5 ? 0 : -EINVAL;

        assert_int_equal(fake_call(HYPERCALL_VM_ASSIST, VM_ASSIST_ENABLE, type, 0, 0), expected);
        assert_int_equal(fake.owner->assists, type <= 5 ? 1u << type : 0);
        assert_int_equal(fake_call(HYPERCALL_VM_ASSIST, 2, type, 0, 0), -ENOSYS);
        assert_int_equal(fake_call(HYPERCALL_VM_ASSIST, VM_ASSIST_DISABLE, type, 0, 0), expected);
        assert_int_equal(fake.owner->assists, 0);
    }
}

static int32_t physdev(uint32_t command, uint32_t first, uint32_t second)
{
    const uint32_t request[] = { first, second };

    fake_put(PLACE, request, sizeof(request));
    return fake_call(HYPERCALL_PHYSDEV_OP, command, PLACE, 0, 0);
}

static void port_rights(void **state)
{
    (void)state;
    for (uint32_t iopl = 0; iopl < 4; iopl++) {
        assert_int_equal(physdev(PHYSDEV_SET_IOPL, iopl, 0), 0);
        assert_int_equal(fake.pv.iopl, iopl);
    }
    assert_int_equal(physdev(PHYSDEV_SET_IOPL, 4, 0), -EINVAL);
    assert_int_equal(physdev(PHYSDEV_SET_IOPL, 0x100, 0), -EINVAL); /* not cut to its low byte */
    assert_int_equal(fake.pv.iopl, 3);
    assert_int_equal(physdev(PHYSDEV_SET_IOBITMAP, 0x12345678, 65536), 0); /* read when a port is used, not now */
    assert_int_equal(fake.pv.io_bitmap, 0x12345678);
    assert_int_equal(fake.pv.io_bitmap_ports, 65536);
    assert_int_equal(physdev(PHYSDEV_SET_IOBITMAP, 1, 65537), -EINVAL);
    assert_int_equal(fake.pv.io_bitmap, 0x12345678);
    assert_int_equal(fake_call(HYPERCALL_PHYSDEV_OP, PHYSDEV_SET_IOPL, PLACE - 4, 0, 0), -EFAULT);
    assert_int_equal(fake_call(HYPERCALL_PHYSDEV_OP, PHYSDEV_SET_IOBITMAP, PLACE + PAGE_SIZE - 4, 0, 0), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(yielding, start),
        cmocka_unit_test(blocking),
        cmocka_unit_test(ends),
        cmocka_unit_test_setup(crash_words, start),
        cmocka_unit_test_setup(unknown_commands, start),
        cmocka_unit_test_setup(task_switched, start),
        cmocka_unit_test_setup(assists, start),
        cmocka_unit_test_setup(port_rights, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
