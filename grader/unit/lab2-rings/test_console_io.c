/* sources: console_io.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of console_io (floor 2): long texts go out in order in short turns, what was typed comes in once, and a
 * bad pointer loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi_console.h"
#include "console_io.h"
#include "errors.h"
#include "fake_pv.h"
#include "hypercall.h"
#include "lab1-boot/xorshift.h"

#define PLACE 0x40000000u
#define PAGES 4u

static struct {
    bool is_wanted;
    uint32_t count, from;
} again;

int32_t hypercall_again_third(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second, uint32_t third)
{
    assert_ptr_equal(vcpu, &fake.domain.vcpu[0]);
    assert_int_equal(number, HYPERCALL_CONSOLE_IO);
    assert_int_equal(first, CONSOLE_WRITE);
    again.is_wanted = true;
    again.count = second;
    again.from = third;
    return (int32_t)number;
}

int32_t hypercall_end(struct vcpu *vcpu, int32_t result)
{
    assert_ptr_equal(vcpu, &fake.domain.vcpu[0]);
    return result;
}

static int start(void **state)
{
    fake_pv_start(state);
    for (unsigned i = 0; i < PAGES; i++)
        fake_page(PLACE + i * PAGE_SIZE, FAKE_WRITE);
    for (unsigned i = 0; i < PAGES * PAGE_SIZE; i++)
        *fake_byte(PLACE + i) = (uint8_t)(i * 31 + i / 256);
    memset(&again, 0, sizeof(again));
    return 0;
}

/* As a guest's INT 0x82 would go on; how many turns it took. */
static int32_t write_all(uint32_t count, uint32_t from, unsigned *turns)
{
    int32_t result;

    *turns = 0;
    do {
        uint32_t before = fake.output_count;

        again.is_wanted = false;
        result = fake_call(HYPERCALL_CONSOLE_IO, CONSOLE_WRITE, count, from, 0);
        assert_true(fake.output_count - before <= 4096); /* of one turn */
        assert_true(!again.is_wanted || (again.count < count && again.from - from == count - again.count));
        count = again.count;
        from = again.from;
        ++*turns;
    } while (again.is_wanted);
    return result;
}

static void writing(void **state)
{
    static const uint32_t counts[] = { 0, 1, 127, 128, 129, 4095, 4096, 4097, PAGES * PAGE_SIZE };
    unsigned turns;

    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        start(state);
        assert_int_equal(write_all(counts[i], PLACE, &turns), 0);
        assert_int_equal(fake.output_count, counts[i]);
        for (uint32_t at = 0; at < counts[i]; at++)
            assert_int_equal(fake.output[at], (uint8_t)(at * 31 + at / 256));
    }
}

static void writing_from_nowhere(void **state)
{
    unsigned turns;

    (void)state;
    assert_int_equal(write_all(1, PLACE - 1, &turns), -EFAULT);
    assert_int_equal(write_all(UINT32_MAX, HYPERVISOR_VIRT_START, &turns), -EFAULT);
    assert_int_equal(fake.output_count, 0);
    assert_int_equal(write_all(UINT32_MAX, PLACE, &turns), -EFAULT); /* as far as there is something */
    assert_int_equal(fake.output_count, PAGES * PAGE_SIZE);
    assert_int_equal(write_all(200, UINT32_MAX - 10, &turns), -EFAULT);
    assert_int_equal(fake.output_count, PAGES * PAGE_SIZE);
}

static int32_t read_some(uint32_t count, uint32_t to)
{
    return fake_call(HYPERCALL_CONSOLE_IO, CONSOLE_READ, count, to, 0);
}

static void reading(void **state)
{
    (void)state;
    assert_int_equal(read_some(10, PLACE), 0);
    for (unsigned i = 0; i < 5; i++)
        assert_true(console_io_receive(&fake.domain, (uint8_t)('a' + i)));
    assert_int_equal(fake.wakes, 5); /* a key ends a wait */
    assert_int_equal(read_some(2, PLACE - 1), -EFAULT); /* and is not lost */
    assert_int_equal(read_some(0, 0), 0);
    assert_int_equal(read_some(2, PLACE), 2);
    assert_memory_equal(fake_byte(PLACE), "ab", 2);
    assert_int_equal(read_some(UINT32_MAX, PLACE), 3);
    assert_memory_equal(fake_byte(PLACE), "cde", 3);
    assert_int_equal(read_some(10, PLACE), 0);
    assert_int_equal(read_some(10, 0), 0); /* nothing to be put there */
}

static void full(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PV_INPUT; i++)
        assert_true(console_io_receive(&fake.domain, (uint8_t)i));
    assert_false(console_io_receive(&fake.domain, 99));
    assert_int_equal(read_some(1, PLACE), 1);
    assert_true(console_io_receive(&fake.domain, 99));
    assert_int_equal(read_some(PV_INPUT, PLACE), PV_INPUT);
    for (unsigned i = 0; i < PV_INPUT - 1; i++)
        assert_int_equal(*fake_byte(PLACE + i), i + 1);
    assert_int_equal(*fake_byte(PLACE + PV_INPUT - 1), 99);
}

/* Keys and readings of random sizes: every byte comes once and in order. */
static void in_order(void **state)
{
    uint64_t seed = 27;
    uint8_t typed = 0, seen = 0;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        if (xorshift_next(&seed) % 2) {
            typed += console_io_receive(&fake.domain, typed);
            continue;
        }
        int32_t count = read_some(xorshift_next(&seed) % 10, PLACE + 4090);
        for (int32_t j = 0; j < count; j++)
            assert_int_equal(*fake_byte(PLACE + 4090 + (uint32_t)j), seen++);
    }
    assert_true(seen != 0);
}

static void dead_and_unknown(void **state)
{
    (void)state;
    for (uint32_t command = 2; command < 10; command++)
        assert_int_equal(fake_call(HYPERCALL_CONSOLE_IO, command, 1, PLACE, 0), -ENOSYS);
    fake.domain.state = DOMAIN_CRASHED;
    assert_true(console_io_receive(&fake.domain, 1));
    assert_int_equal(fake.wakes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing),
        cmocka_unit_test_setup(writing_from_nowhere, start),
        cmocka_unit_test_setup(reading, start),
        cmocka_unit_test_setup(full, start),
        cmocka_unit_test_setup(in_order, start),
        cmocka_unit_test_setup(dead_and_unknown, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
