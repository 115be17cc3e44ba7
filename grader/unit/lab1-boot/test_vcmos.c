/* sources: vcmos.c */
/*
 * Unit tests of the virtual CMOS clock (floor 1): which registers reach the real clock, and that nothing else does;
 * then a million random accesses. The real clock is a function here that counts its calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vcmos.h"
#include "xorshift.h"

#define INDEX 0x70
#define DATA  0x71

static unsigned clock_calls;

static uint8_t clock_read(uint8_t reg)
{
    assert_in_range(reg, 0x00, 0x0d);
    clock_calls++;
    return (uint8_t)(0xa0 + reg);
}

static uint8_t read_register(struct vcmos *cmos, uint8_t reg)
{
    vcmos_write(cmos, INDEX, reg);
    return vcmos_read(cmos, DATA, clock_read);
}

static int setup(void **state)
{
    static struct vcmos cmos;

    vcmos_init(&cmos);
    clock_calls = 0;
    *state = &cmos;
    return 0;
}

static void test_clock_registers_come_from_the_clock(void **state)
{
    for (uint8_t reg = 0; reg <= 0x0d; reg++)
        assert_int_equal(read_register(*state, reg), 0xa0 + reg);
    assert_int_equal(clock_calls, 14);
}

static void test_the_rest_reads_as_zero(void **state)
{
    for (uint8_t reg = 0x0e; reg <= 0x7f; reg++)
        assert_int_equal(read_register(*state, reg), 0);
    assert_int_equal(clock_calls, 0);
}

static void test_nmi_bit_is_no_index(void **state)
{
    assert_int_equal(read_register(*state, 0x80 | 0x04), 0xa4);
}

static void test_power_on_selects_status_d(void **state)
{
    assert_int_equal(vcmos_read(*state, DATA, clock_read), 0xad);
}

static void test_index_is_write_only_and_stays(void **state)
{
    read_register(*state, 0x02);
    assert_int_equal(vcmos_read(*state, INDEX, clock_read), 0xff);
    assert_int_equal(vcmos_read(*state, DATA, clock_read), 0xa2);
}

static void test_data_writes_are_dropped(void **state)
{
    struct vcmos *cmos = *state;

    vcmos_write(cmos, INDEX, 0x04);
    vcmos_write(cmos, DATA, 0x23);
    assert_int_equal(vcmos_read(cmos, DATA, clock_read), 0xa4);
    assert_int_equal(clock_calls, 1);
}

static void test_random_operations(void **state)
{
    struct vcmos *cmos = *state;
    uint64_t seed = 0x146818;

    for (unsigned i = 0; i < 1000000; i++) {
        uint32_t random = xorshift_next(&seed);

        if (random & 2)
            vcmos_write(cmos, INDEX + (random & 1), (uint8_t)(random >> 8));
        else
            vcmos_read(cmos, INDEX + (random & 1), clock_read);
        assert_in_range(cmos->index, 0, 0x7f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_clock_registers_come_from_the_clock, setup),
        cmocka_unit_test_setup(test_the_rest_reads_as_zero, setup),
        cmocka_unit_test_setup(test_nmi_bit_is_no_index, setup),
        cmocka_unit_test_setup(test_power_on_selects_status_d, setup),
        cmocka_unit_test_setup(test_index_is_write_only_and_stays, setup),
        cmocka_unit_test_setup(test_data_writes_are_dropped, setup),
        cmocka_unit_test_setup(test_random_operations, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
