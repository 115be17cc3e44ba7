/* sources: debug_registers.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of a guest's debug registers (floor 2): what is in the real ones at any time, by calls, by MOV, and when
 * the vcpu comes and goes. The rules themselves are test_debug_registers.c's. The file under test is part of this one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_cpu.h"

#include "debug.c"

#include "fake_pv.h"
#include "lab1-boot/xorshift.h"

static int start(void **state)
{
    fake_pv_start(state);
    memset(&fake_cpu, 0, sizeof(fake_cpu));
    fake_cpu.dr[6] = DEBUG_STATUS_RESET;
    fake_cpu.dr[7] = DEBUG_CONTROL_RESET;
    fake.pv.debug[6] = DEBUG_STATUS_RESET;
    fake.pv.debug[7] = DEBUG_CONTROL_RESET;
    is_active = false;
    return 0;
}

static int32_t set(uint32_t number, uint32_t value)
{
    return fake_call(HYPERCALL_SET_DEBUGREG, number, value, 0, 0);
}

static int32_t get(uint32_t number)
{
    return fake_call(HYPERCALL_GET_DEBUGREG, number, 0, 0, 0);
}

static void reads_what_was_written(void **state)
{
    (void)state;
    assert_int_equal(get(7), 0x400);
    assert_int_equal(set(0, 0x1000), 0);
    assert_int_equal(get(0), 0x1000);
    assert_int_equal(set(0, HYPERVISOR_VIRT_START), -EPERM);
    assert_int_equal(get(0), 0x1000); /* the last accepted */
    assert_int_equal(set(7, 0xd0401), 0);
    assert_int_equal(get(7), 0xd0401);
    assert_int_equal(set(7, 0x2000), -EPERM);
    assert_int_equal(get(7), 0xd0401);
    assert_int_equal(get(5), 0xd0401); /* another name of it, until DE */
    fake.pv.cr4 = CR4_DE;
    assert_int_equal(get(5), -EINVAL);
    assert_int_equal(set(4, 0), -ENODEV);
    assert_int_equal(get(8), -EINVAL);
    assert_int_equal(set(UINT32_MAX, 0), -ENODEV);
}

/* Without an enabled breakpoint nothing is loaded; with the write that enables it everything is. */
static void loaded_when_enabled(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(set(i, 0x1000 * (i + 1)), 0);
    assert_int_equal(fake_cpu.dr_writes, 0);
    assert_int_equal(set(7, 0x402), 0);
    assert_int_equal(fake_cpu.dr[7], 0x402);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(fake_cpu.dr[i], 0x1000 * (i + 1));
    assert_int_equal(set(1, 0x9000), 0);
    assert_int_equal(fake_cpu.dr[1], 0x9000);
    debug_load(NULL); /* another guest runs */
    assert_int_equal(fake_cpu.dr[7], 0x400);
    fake_cpu.dr_writes = 0;
    debug_load(NULL);
    assert_int_equal(fake_cpu.dr_writes, 0);
    debug_load(&fake.pv);
    assert_int_equal(fake_cpu.dr[7], 0x402);
}

/* On ports (type 2, with DE): the guest reads it back, the machine never has it. */
static void port_breakpoints(void **state)
{
    (void)state;
    assert_int_equal(set(7, 0x20001), -EPERM);
    fake.pv.cr4 = CR4_DE;
    assert_int_equal(set(7, 0x20001), 0);
    assert_int_equal(get(7), 0x20401);
    assert_int_equal(fake_cpu.dr[7] & 0xff, 0);
}

/* DR6 gathers, here and in the guest's; what was reported once is not reported again. */
static void noting(void **state)
{
    (void)state;
    fake_cpu.dr[6] = 0xffff4ff1;
    debug_note(&fake.pv);
    assert_int_equal(fake.pv.debug[6], 0xffff4ff1);
    assert_int_equal(fake_cpu.dr[6], 0xffff0ff0);
    fake_cpu.dr[6] = 0xffff0ff2;
    debug_note(&fake.pv);
    assert_int_equal(fake.pv.debug[6], 0xffff4ff3);
}

/* Whatever a guest writes, in any order: no enabled real breakpoint reaches into the hypervisor's part. */
static void never_ours(void **state)
{
    uint64_t seed = 28;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t value = xorshift_next(&seed) << xorshift_next(&seed) % 4 * 8;

        if (i % 3 == 0)
            value = HYPERVISOR_VIRT_START - 8 + xorshift_next(&seed) % 16;
        fake.pv.cr4 = xorshift_next(&seed) % 2 ? CR4_DE : 0;
        if (xorshift_next(&seed) % 16 == 0)
            debug_load(xorshift_next(&seed) % 2 ? &fake.pv : NULL);
        set(xorshift_next(&seed) % 9, value);
        assert_true((fake_cpu.dr[7] & 0x2000) == 0 && (fake_cpu.dr[7] & 0x400) != 0);
        for (unsigned n = 0; n < 4; n++)
            if (fake_cpu.dr[7] >> 2 * n & 3) {
                assert_true((fake_cpu.dr[n] & ~7u) + 8ull <= HYPERVISOR_VIRT_START);
                assert_int_not_equal(fake_cpu.dr[7] >> (16 + 4 * n) & 3, 2);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_what_was_written, start),
        cmocka_unit_test_setup(loaded_when_enabled, start),
        cmocka_unit_test_setup(port_breakpoints, start),
        cmocka_unit_test_setup(noting, start),
        cmocka_unit_test_setup(never_ours, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
