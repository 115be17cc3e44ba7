/* sources: debug_registers.c */
/*
 * Unit tests of the rules for guest debug registers (floor 2): each rule of abi.md 2.9 by examples, then random values
 * against the rules said as bit masks, and the promise that nothing of the hypervisor's is ever watched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "debug_registers.h"
#include "errors.h"
#include "lab1-boot/xorshift.h"

#define ROUNDS    1000000
#define UNTOUCHED 0x55aa55aau

/* Set a register of a guest with or without CR4.DE and demand an answer. */
static void expect_set(uint32_t reg, uint32_t value, bool has_de, int32_t result, uint32_t accepted)
{
    uint32_t out = UNTOUCHED;

    assert_int_equal(debug_register_check(reg, value, has_de, &out), result);
    assert_int_equal(out, result == 0 ? accepted : UNTOUCHED);
}

static void numbers(void **state)
{
    (void)state;
    for (int has_de = 0; has_de < 2; has_de++) {
        for (uint32_t reg = 0; reg < 4; reg++)
            assert_int_equal(debug_register_number(reg, has_de), reg);
        assert_int_equal(debug_register_number(4, has_de), has_de ? -ENODEV : 6);
        assert_int_equal(debug_register_number(5, has_de), has_de ? -ENODEV : 7);
        assert_int_equal(debug_register_number(6, has_de), 6);
        assert_int_equal(debug_register_number(7, has_de), 7);
        assert_int_equal(debug_register_number(8, has_de), -ENODEV);
        assert_int_equal(debug_register_number(UINT32_MAX, has_de), -ENODEV);
    }
}

/* Code, data or M2P of the hypervisor's is nobody's to watch. */
static void addresses(void **state)
{
    (void)state;
    for (uint32_t reg = 0; reg < 4; reg++) {
        expect_set(reg, 0, false, 0, 0);
        expect_set(reg, 0x100003, true, 0, 0x100003);
        expect_set(reg, 0xf57fffff, false, 0, 0xf57fffff);
        expect_set(reg, 0xf5800000, false, -EPERM, 0);
        expect_set(reg, 0xf8100000, true, -EPERM, 0);
        expect_set(reg, 0xffffffff, false, -EPERM, 0);
    }
}

static void status(void **state)
{
    (void)state;
    expect_set(6, 0, false, 0, 0xffff0ff0);
    expect_set(6, 0xffffffff, false, 0, 0xffffefff);
    expect_set(6, 0x4001, true, 0, 0xffff4ff1);
    expect_set(4, 0x4001, false, 0, 0xffff4ff1);
    expect_set(4, 0x4001, true, -ENODEV, 0);
}

static void control(void **state)
{
    (void)state;
    expect_set(7, 0, false, 0, 0x400);
    expect_set(7, 0x000d0202, false, 0, 0x000d0602); /* G0, write, 4 bytes, GE */
    expect_set(7, 0x0000dc00, false, 0, 0x400);      /* reserved bits */
    expect_set(5, 0x00030001, false, 0, 0x00030401);
    expect_set(5, 0x00030001, true, -ENODEV, 0);
    expect_set(7, 0x00002000, true, -EPERM, 0);      /* GD */
    expect_set(7, 0x00020001, false, -EPERM, 0);     /* I/O without CR4.DE */
    expect_set(7, 0x00020001, true, 0, 0x00020401);
    expect_set(7, 0x20000080, false, -EPERM, 0);     /* in the last slot, by G3 */
    expect_set(7, 0x00020004, false, 0, 0x00020404); /* slot 1 enabled, slot 0 prepared */
    expect_set(7, 0x00040001, false, -EPERM, 0);     /* two bytes of an instruction */
    expect_set(7, 0x00040004, false, 0, 0x00040404);
    expect_set(7, 0xc0000040, true, -EPERM, 0);
}

static void hardware(void **state)
{
    (void)state;
    assert_int_equal(debug_control_hardware(0), 0x400);
    assert_int_equal(debug_control_hardware(0x000d0602), 0x000d0602);
    assert_int_equal(debug_control_hardware(0x00020403), 0x00020400); /* the only one is I/O: nothing is watched */
    assert_int_equal(debug_control_hardware(0x00120005), 0x00120404); /* I/O in slot 0, write in slot 1 */
    assert_int_equal(debug_control_hardware(0xffffffff) & DR7_GENERAL_DETECT, 0);
}

/* Slot by slot, said with constants instead of shifts. */
static bool model_allows(uint32_t dr7, bool has_de)
{
    static const struct {
        uint32_t enables, type, port, length;
    } slots[4] = {
        { 0x03, 0x00030000, 0x00020000, 0x000c0000 },
        { 0x0c, 0x00300000, 0x00200000, 0x00c00000 },
        { 0x30, 0x03000000, 0x02000000, 0x0c000000 },
        { 0xc0, 0x30000000, 0x20000000, 0xc0000000 },
    };

    for (int i = 0; i < 4; i++) {
        bool is_on = dr7 & slots[i].enables;

        if (is_on && (dr7 & slots[i].type) == 0 && (dr7 & slots[i].length))
            return false;
        if (is_on && (dr7 & slots[i].type) == slots[i].port && !has_de)
            return false;
    }
    return !(dr7 & 0x2000);
}

static void random_controls(void **state)
{
    static const uint32_t ports[4] = { 0x20000, 0x200000, 0x2000000, 0x20000000 };
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t value = xorshift_next(&seed) & xorshift_next(&seed), accepted = UNTOUCHED, real;
        bool has_de = xorshift_next(&seed) & 1;
        bool is_accepted = debug_register_check(7, value, has_de, &accepted) == 0;

        assert_true(is_accepted == model_allows(value, has_de));
        if (!is_accepted)
            continue;
        assert_int_equal(accepted, (value & ~0xdc00u) | 0x400);
        expect_set(7, accepted, has_de, 0, accepted); /* what is read can be written back */
        real = debug_control_hardware(accepted);
        assert_int_equal(real & ~0xffu, accepted & ~0xffu);
        assert_int_equal(real & ~accepted, 0);
        for (unsigned n = 0; n < 4; n++) {
            bool is_port = (accepted & ports[n] * 3 / 2) == ports[n];

            assert_int_equal(real & 3u << 2 * n, is_port ? 0 : accepted & 3u << 2 * n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(addresses),
        cmocka_unit_test(status),
        cmocka_unit_test(control),
        cmocka_unit_test(hardware),
        cmocka_unit_test(random_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
