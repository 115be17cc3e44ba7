/* sources: vpit.c vpit_count.c */
/*
 * Unit tests of the virtual 8254's channel 0 (floor 1): access modes, what each counting mode shows and when it ticks,
 * latches and read-back, reprogramming, owed ticks and the floor under hostile divisors; then a million random
 * accesses and time steps with the invariants of struct vpit checked after each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vpit.h"
#include "vpit_count.h"
#include "xorshift.h"

#define DATA    0x40
#define COMMAND 0x43
#define SECOND  1000000000ull

/* Control words: low then high byte, binary. */
#define MODE(mode)        (0x30 | (mode) << 1)
#define LATCH             0x00
#define READ_BACK_BOTH    0xc2
#define READ_BACK_COUNT   0xd2
#define READ_BACK_STATUS  0xe2

/* Time at which `clocks` input clocks have passed since 0. */
static uint64_t at(uint64_t clocks)
{
    return vpit_clock_to_ns(clocks);
}

static void write_count(struct vpit *pit, uint16_t count, uint64_t now)
{
    vpit_write(pit, DATA, (uint8_t)count, now);
    vpit_write(pit, DATA, (uint8_t)(count >> 8), now);
}

/* Programmed at time 0, so the count is loaded at clock 1. */
static struct vpit start_timer(uint8_t control, uint16_t count)
{
    struct vpit pit;

    vpit_init(&pit);
    vpit_write(&pit, COMMAND, control, 0);
    write_count(&pit, count, 0);
    return pit;
}

static uint16_t read_word(struct vpit *pit, uint64_t now)
{
    uint8_t low = vpit_read(pit, DATA, now);

    return (uint16_t)(vpit_read(pit, DATA, now) << 8 | low);
}

static uint8_t read_status(struct vpit *pit, uint64_t now)
{
    vpit_write(pit, COMMAND, READ_BACK_STATUS, now);
    return vpit_read(pit, DATA, now);
}

static unsigned drain(struct vpit *pit, uint64_t now)
{
    unsigned ticks = 0;

    while (vpit_take_tick(pit, now))
        assert_in_range(++ticks, 1, VPIT_MAX_OWED);
    return ticks;
}

/* Exactly one tick, at clock `clock` and not a nanosecond earlier. */
static void expect_tick_at(struct vpit *pit, uint64_t clock)
{
    assert_int_equal(pit->next_tick, at(clock));
    assert_false(vpit_take_tick(pit, at(clock) - 1));
    assert_true(vpit_take_tick(pit, at(clock)));
    assert_false(vpit_take_tick(pit, at(clock)));
}

static void test_power_on_is_silent(void **state)
{
    struct vpit pit;

    (void)state;
    vpit_init(&pit);
    assert_int_equal(pit.next_tick, VPIT_NEVER);
    assert_false(vpit_take_tick(&pit, 3600 * SECOND));
    assert_int_equal(read_word(&pit, SECOND), read_word(&pit, 2 * SECOND));
}

static void test_conversion_is_exact(void **state)
{
    uint64_t seed = 0x8254;

    (void)state;
    assert_int_equal(vpit_ns_to_clock(SECOND), VPIT_HZ);
    assert_int_equal(vpit_ns_to_clock(UINT64_MAX / SECOND * SECOND), UINT64_MAX / SECOND * VPIT_HZ);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t clock = (uint64_t)xorshift_next(&seed) << (i % 16);

        assert_int_equal(vpit_ns_to_clock(vpit_clock_to_ns(clock)), clock);
        if (clock > 0)
            assert_int_equal(vpit_ns_to_clock(vpit_clock_to_ns(clock) - 1), clock - 1);
    }
}

static void test_mode2_ticks_every_period(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    for (uint64_t tick = 1; tick <= 50; tick++)
        expect_tick_at(&pit, 1 + tick * 1000);
}

static void test_mode3_ticks_every_period(void **state)
{
    struct vpit pit = start_timer(MODE(3), 1001);

    (void)state;
    for (uint64_t tick = 1; tick <= 50; tick++)
        expect_tick_at(&pit, 1 + tick * 1001);
}

static void test_modes_6_and_7_are_2_and_3(void **state)
{
    struct vpit two = start_timer(MODE(6), 1000), three = start_timer(MODE(7), 1000);

    (void)state;
    assert_int_equal(two.mode, 2);
    assert_int_equal(three.mode, 3);
    expect_tick_at(&two, 1001);
}

/* A hundred ticks a second for ten years: no drift, not by one. */
static void test_long_run_does_not_drift(void **state)
{
    struct vpit pit = start_timer(MODE(2), 11932);
    uint64_t years = 10ull * 365 * 86400 * SECOND;

    (void)state;
    assert_int_equal(drain(&pit, years), VPIT_MAX_OWED);
    assert_int_equal((vpit_ns_to_clock(pit.next_tick) - 1) % 11932, 0);
    assert_in_range(pit.next_tick - years, 1, 10000000);
}

static void test_divisor_zero_is_65536(void **state)
{
    struct vpit pit = start_timer(MODE(2), 0);

    (void)state;
    assert_int_equal(read_word(&pit, at(1)), 0);
    assert_int_equal(read_word(&pit, at(2)), 0xffff);
    expect_tick_at(&pit, 65537);
}

static void test_access_low_byte_only(void **state)
{
    struct vpit pit;

    (void)state;
    vpit_init(&pit);
    vpit_write(&pit, COMMAND, 0x14, 0);
    vpit_write(&pit, DATA, 200, 0);
    assert_int_equal(vpit_read(&pit, DATA, at(1)), 200);
    assert_int_equal(vpit_read(&pit, DATA, at(2)), 199); /* the low byte again */
    expect_tick_at(&pit, 201);
}

static void test_access_high_byte_only(void **state)
{
    struct vpit pit;

    (void)state;
    vpit_init(&pit);
    vpit_write(&pit, COMMAND, 0x24, 0);
    vpit_write(&pit, DATA, 3, 0);
    assert_int_equal(pit.divisor, 0x300);
    assert_int_equal(vpit_read(&pit, DATA, at(1)), 3);
    assert_int_equal(vpit_read(&pit, DATA, at(2)), 2);
    vpit_write(&pit, COMMAND, LATCH, at(2));
    assert_int_equal(vpit_read(&pit, DATA, at(600)), 2);
    assert_int_equal(vpit_read(&pit, DATA, at(600)), 0); /* the latch was one byte: live again */
}

static void test_low_byte_alone_loads_nothing(void **state)
{
    struct vpit pit;

    (void)state;
    vpit_init(&pit);
    vpit_write(&pit, COMMAND, MODE(2), 0);
    vpit_write(&pit, DATA, 0x10, 0);
    assert_int_equal(pit.next_tick, VPIT_NEVER);
    vpit_write(&pit, DATA, 0x02, at(50));
    assert_int_equal(pit.divisor, 0x210);
    expect_tick_at(&pit, 51 + 0x210);
}

/* A control word between the two bytes starts the pair again. */
static void test_control_word_resets_the_byte_order(void **state)
{
    struct vpit pit = start_timer(MODE(2), 0x1234);

    (void)state;
    vpit_write(&pit, DATA, 0x99, 0);
    vpit_read(&pit, DATA, at(1));
    vpit_write(&pit, COMMAND, LATCH, at(1));
    vpit_write(&pit, COMMAND, MODE(2), at(1));
    assert_int_equal(pit.next_tick, VPIT_NEVER); /* stopped until a count comes */
    write_count(&pit, 0x0456, at(1));
    assert_int_equal(pit.divisor, 0x0456);
    assert_int_equal(read_word(&pit, at(2)), 0x0456);
}

static void test_mode2_counts_down_to_one(void **state)
{
    struct vpit pit = start_timer(MODE(2), 5);
    static const uint16_t counts[] = {5, 5, 4, 3, 2, 1, 5, 4};

    (void)state;
    for (unsigned clock = 0; clock < 8; clock++)
        assert_int_equal(read_word(&pit, at(clock)), counts[clock]);
}

static void test_mode3_counts_by_two(void **state)
{
    struct vpit even = start_timer(MODE(3), 6), odd = start_timer(MODE(3), 5);
    static const uint16_t even_counts[] = {6, 4, 2, 6, 4, 2, 6};
    static const uint16_t odd_counts[] = {4, 2, 0, 4, 2, 4, 2};
    static const uint8_t even_out[] = {1, 1, 1, 0, 0, 0, 1};
    static const uint8_t odd_out[] = {1, 1, 1, 0, 0, 1, 1};

    (void)state;
    for (unsigned clock = 0; clock < 7; clock++) {
        assert_int_equal(read_word(&even, at(clock + 1)), even_counts[clock]);
        assert_int_equal(read_word(&odd, at(clock + 1)), odd_counts[clock]);
        assert_int_equal(read_status(&even, at(clock + 1)) >> 7, even_out[clock]);
        assert_int_equal(read_status(&odd, at(clock + 1)) >> 7, odd_out[clock]);
    }
}

static void test_mode0_ticks_once(void **state)
{
    struct vpit pit = start_timer(MODE(0), 500);

    (void)state;
    assert_int_equal(read_status(&pit, at(500)) & 0x80, 0);
    expect_tick_at(&pit, 501); /* "N + 1 CLK pulses after the initial count is written" */
    assert_int_equal(read_status(&pit, at(501)) & 0x80, 0x80);
    assert_int_equal(pit.next_tick, VPIT_NEVER);
    assert_false(vpit_take_tick(&pit, 100 * SECOND));
    assert_int_equal(read_word(&pit, at(503)), 0xfffe);
}

static void test_mode0_new_count_starts_again(void **state)
{
    struct vpit pit = start_timer(MODE(0), 500);

    (void)state;
    write_count(&pit, 300, at(400));
    expect_tick_at(&pit, 701);
    write_count(&pit, 100, at(800));
    write_count(&pit, 100, at(950)); /* the expired tick of the last count was not taken: OUT is low again */
    expect_tick_at(&pit, 1051);
}

static void test_mode0_low_byte_stops_the_count(void **state)
{
    struct vpit pit = start_timer(MODE(0), 500);

    (void)state;
    vpit_write(&pit, DATA, 0x00, at(400));
    assert_false(vpit_take_tick(&pit, at(1000)));
    assert_int_equal(read_status(&pit, at(1000)) & 0xc0, 0x40);
    vpit_write(&pit, DATA, 0x01, at(1000));
    expect_tick_at(&pit, 1257);
}

static void test_mode4_strobes_once(void **state)
{
    struct vpit pit = start_timer(MODE(4), 500);

    (void)state;
    assert_int_equal(read_status(&pit, at(500)) & 0x80, 0x80);
    assert_int_equal(read_status(&pit, at(501)) & 0x80, 0);
    expect_tick_at(&pit, 502);
    assert_int_equal(pit.next_tick, VPIT_NEVER);
    write_count(&pit, 100, at(600));
    write_count(&pit, 100, at(800)); /* the strobe at 702 was not taken: it is gone */
    expect_tick_at(&pit, 902);
}

/* Their trigger is the gate, which a PC ties high. */
static void test_modes_1_and_5_never_start(void **state)
{
    struct vpit one = start_timer(MODE(1), 500), five = start_timer(MODE(5), 500);

    (void)state;
    assert_int_equal(one.next_tick, VPIT_NEVER);
    assert_int_equal(five.next_tick, VPIT_NEVER);
    assert_int_equal(read_word(&one, SECOND), 500);
    assert_int_equal(read_status(&five, SECOND) & 0x80, 0x80);
}

static void test_bcd_counts_in_decimal(void **state)
{
    struct vpit pit = start_timer(MODE(2) | 1, 0x1000), zero = start_timer(MODE(2) | 1, 0);
    struct vpit once = start_timer(MODE(0) | 1, 0x0100);

    (void)state;
    assert_int_equal(read_word(&pit, at(1)), 0x1000);
    assert_int_equal(read_word(&pit, at(2)), 0x0999);
    expect_tick_at(&pit, 1001);
    assert_int_equal(read_word(&zero, at(2)), 0x9999);
    expect_tick_at(&zero, 10001);
    assert_int_equal(read_word(&once, at(102)), 0x9999);
}

static void test_latch_freezes_the_count(void **state)
{
    struct vpit pit = start_timer(MODE(2), 0x8000);

    (void)state;
    vpit_write(&pit, COMMAND, LATCH, at(0x101));
    vpit_write(&pit, COMMAND, LATCH, at(0x201)); /* ignored: the first is not yet read */
    assert_int_equal(read_word(&pit, at(0x301)), 0x7f00);
    assert_int_equal(read_word(&pit, at(0x301)), 0x7d00);
}

static void test_read_back_gives_status_then_count(void **state)
{
    struct vpit pit = start_timer(MODE(3), 0x1000);

    (void)state;
    vpit_write(&pit, COMMAND, READ_BACK_BOTH, at(1));
    vpit_write(&pit, COMMAND, READ_BACK_BOTH, at(0x900)); /* both latches are full: ignored */
    assert_int_equal(vpit_read(&pit, DATA, at(0x900)), 0xb6);
    assert_int_equal(read_word(&pit, at(0x900)), 0x1000);
    vpit_write(&pit, COMMAND, READ_BACK_COUNT, at(0x901));
    assert_int_equal(read_word(&pit, at(0x950)), 0x0e00);
}

static void test_status_names_the_programming(void **state)
{
    struct vpit pit;

    (void)state;
    vpit_init(&pit);
    vpit_write(&pit, COMMAND, 0x15, 0); /* low byte, mode 2, BCD */
    assert_int_equal(read_status(&pit, 0), 0xd5);
    vpit_write(&pit, DATA, 0x50, 0);
    assert_int_equal(read_status(&pit, 0), 0xd5); /* null count until the next clock */
    assert_int_equal(read_status(&pit, at(1)), 0x95);
    assert_int_equal(read_status(&pit, at(50)), 0x15); /* OUT is low for the last clock */
}

static void test_other_channels_are_not_there(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000), before = pit;

    (void)state;
    for (unsigned control = 0x40; control < 0xc0; control++)
        vpit_write(&pit, COMMAND, (uint8_t)control, 0);
    vpit_write(&pit, COMMAND, 0xcc, 0); /* read-back of channels 1 and 2 */
    vpit_write(&pit, DATA + 1, 7, 0);
    vpit_write(&pit, DATA + 2, 7, 0);
    assert_memory_equal(&pit, &before, sizeof(pit));
    assert_int_equal(vpit_read(&pit, DATA + 1, at(5)), 0);
    assert_int_equal(vpit_read(&pit, DATA + 2, at(5)), 0);
    assert_int_equal(vpit_read(&pit, COMMAND, at(5)), 0xff);
}

static void test_new_count_waits_for_the_period(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    write_count(&pit, 400, at(300));
    assert_int_equal(read_word(&pit, at(301)), 700); /* the old count goes on */
    assert_int_equal(read_status(&pit, at(301)) & 0x40, 0x40);
    expect_tick_at(&pit, 1001);
    assert_int_equal(read_word(&pit, at(1001)), 400);
    assert_int_equal(read_status(&pit, at(1001)) & 0x40, 0);
    expect_tick_at(&pit, 1401);
    expect_tick_at(&pit, 1801);
}

static void test_new_count_is_counted_by_its_own_period(void **state)
{
    struct vpit pit = start_timer(MODE(3), 1000);

    (void)state;
    write_count(&pit, 200, at(2500)); /* two ticks are owed; the change comes at 3001 */
    assert_int_equal(drain(&pit, at(3001)), 3);
    assert_int_equal(drain(&pit, at(3701)), 3);
    expect_tick_at(&pit, 3801);
}

/* Only every n-th edge of a small divisor ticks; a new count may take over between two of those. */
static void test_new_count_between_the_ticks_of_a_small_one(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1);

    (void)state;
    write_count(&pit, 1000, at(50));
    expect_tick_at(&pit, 1051);
}

static void test_count_not_yet_loaded_is_replaced(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    write_count(&pit, 500, 0);
    expect_tick_at(&pit, 501);
}

static void test_control_word_forgets_owed_ticks(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    vpit_write(&pit, COMMAND, MODE(2), at(5500));
    assert_false(vpit_take_tick(&pit, at(5500)));
    write_count(&pit, 1000, at(5500));
    expect_tick_at(&pit, 6501);
}

static void test_owed_ticks_come_one_by_one(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    assert_true(vpit_take_tick(&pit, at(4500)));
    assert_int_equal(pit.next_tick, at(4500)); /* more are due now */
    assert_int_equal(drain(&pit, at(4500)), 3);
    expect_tick_at(&pit, 5001);
}

static void test_owed_ticks_are_bounded(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1000);

    (void)state;
    assert_int_equal(drain(&pit, at(1000ull * VPIT_MAX_OWED + 1)), VPIT_MAX_OWED);
    assert_int_equal(drain(&pit, at(1000ull * 1000000 + 500)), VPIT_MAX_OWED);
    expect_tick_at(&pit, 1000ull * 1000001 + 1); /* in phase */
}

/* Whatever a hostile guest writes, periodic ticks stay VPIT_MIN_PERIOD clocks apart and on multiples of the divisor. */
static void test_small_divisors_are_held_down(void **state)
{
    (void)state;
    for (uint16_t divisor = 1; divisor < 2 * VPIT_MIN_PERIOD; divisor++) {
        struct vpit two = start_timer(MODE(2), divisor), three = start_timer(MODE(3), divisor);
        uint64_t period = vpit_ns_to_clock(two.next_tick) - 1;

        assert_in_range(period, VPIT_MIN_PERIOD, 2 * VPIT_MIN_PERIOD);
        assert_int_equal(period % divisor, 0);
        assert_true(divisor < VPIT_MIN_PERIOD || period == divisor);
        expect_tick_at(&two, 1 + period);
        expect_tick_at(&two, 1 + 2 * period);
        expect_tick_at(&three, 1 + period);
    }
}

static void test_divisor_one_still_reads(void **state)
{
    struct vpit two = start_timer(MODE(2), 1), three = start_timer(MODE(3), 1);

    (void)state;
    assert_int_equal(read_word(&two, at(77)), 1);
    assert_int_equal(read_word(&three, at(77)), 0);
    assert_int_equal(drain(&two, 3600 * SECOND), VPIT_MAX_OWED);
}

static void check_timer(const struct vpit *pit)
{
    assert_in_range(pit->divisor, 1, 65536);
    assert_in_range(pit->mode, 0, 5);
    assert_in_range(pit->access, 1, 3);
    assert_in_range(pit->latch_bytes, 0, 2);
    assert_in_range(pit->owed, 0, VPIT_MAX_OWED);
    assert_true(pit->counting || pit->next_edge == VPIT_NEVER);
    if (pit->reload_at != VPIT_NEVER) {
        assert_true(pit->counting && (pit->mode == 2 || pit->mode == 3));
        assert_in_range(pit->reload, 1, 65536);
    }
}

/* Taking ticks ends, and the next one is then in the future. */
static void check_ticks(struct vpit *pit, uint64_t now)
{
    bool was_promised = now >= pit->next_tick;
    unsigned ticks = drain(pit, now);

    assert_true(was_promised || ticks == 0);
    assert_true(pit->next_tick > now);
}

static uint64_t pass_time(uint64_t now, uint32_t random)
{
    static const uint64_t steps[] = {1, 838, 100000, 55000000, SECOND, 3600 * SECOND};

    return now + random % (steps[random >> 8 & 3] + 1) + (random >> 10 & 0x3ff ? 0 : steps[4 + (random & 1)]);
}

static void do_random_operation(struct vpit *pit, uint64_t now, uint64_t *seed)
{
    uint32_t random = xorshift_next(seed);
    uint16_t port = random & 8 ? DATA : (uint16_t)(DATA + (random >> 4 & 3));
    uint8_t value = random & 0x40 ? (uint8_t)(random >> 8) : random >> 8 & 3;

    switch (random & 7) {
    case 0:
    case 1:
    case 2:
        vpit_write(pit, port, value, now);
        break;
    case 3:
        vpit_write(pit, COMMAND, (uint8_t)(random >> 8), now);
        break;
    case 4:
        check_ticks(pit, now);
        break;
    default:
        vpit_read(pit, port, now);
    }
}

static void test_random_operations(void **state)
{
    struct vpit pit;
    uint64_t seed = 0x1193182, now = 0;

    (void)state;
    vpit_init(&pit);
    for (unsigned i = 0; i < 1000000; i++) {
        do_random_operation(&pit, now, &seed);
        check_timer(&pit);
        now = pass_time(now, xorshift_next(&seed));
    }
}

/* A guest in a tight loop: ticks taken never exceed one for each VPIT_MIN_PERIOD plus what one count write brings. */
static void test_random_divisors_never_flood(void **state)
{
    struct vpit pit = start_timer(MODE(2), 1);
    uint64_t seed = 1, now = 0, ticks = 0;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        now += xorshift_next(&seed) % 20000;
        if (i % 8 == 0)
            write_count(&pit, (uint16_t)(xorshift_next(&seed) % 40), now);
        ticks += vpit_take_tick(&pit, now);
    }
    assert_in_range(ticks, 1, vpit_ns_to_clock(now) / VPIT_MIN_PERIOD);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_power_on_is_silent),
    cmocka_unit_test(test_conversion_is_exact),
    cmocka_unit_test(test_mode2_ticks_every_period),
    cmocka_unit_test(test_mode3_ticks_every_period),
    cmocka_unit_test(test_modes_6_and_7_are_2_and_3),
    cmocka_unit_test(test_long_run_does_not_drift),
    cmocka_unit_test(test_divisor_zero_is_65536),
    cmocka_unit_test(test_access_low_byte_only),
    cmocka_unit_test(test_access_high_byte_only),
    cmocka_unit_test(test_low_byte_alone_loads_nothing),
    cmocka_unit_test(test_control_word_resets_the_byte_order),
    cmocka_unit_test(test_mode2_counts_down_to_one),
    cmocka_unit_test(test_mode3_counts_by_two),
    cmocka_unit_test(test_mode0_ticks_once),
    cmocka_unit_test(test_mode0_new_count_starts_again),
    cmocka_unit_test(test_mode0_low_byte_stops_the_count),
    cmocka_unit_test(test_mode4_strobes_once),
    cmocka_unit_test(test_modes_1_and_5_never_start),
    cmocka_unit_test(test_bcd_counts_in_decimal),
    cmocka_unit_test(test_latch_freezes_the_count),
    cmocka_unit_test(test_read_back_gives_status_then_count),
    cmocka_unit_test(test_status_names_the_programming),
    cmocka_unit_test(test_other_channels_are_not_there),
    cmocka_unit_test(test_new_count_waits_for_the_period),
    cmocka_unit_test(test_new_count_is_counted_by_its_own_period),
    cmocka_unit_test(test_new_count_between_the_ticks_of_a_small_one),
    cmocka_unit_test(test_count_not_yet_loaded_is_replaced),
    cmocka_unit_test(test_control_word_forgets_owed_ticks),
    cmocka_unit_test(test_owed_ticks_come_one_by_one),
    cmocka_unit_test(test_owed_ticks_are_bounded),
    cmocka_unit_test(test_small_divisors_are_held_down),
    cmocka_unit_test(test_divisor_one_still_reads),
    cmocka_unit_test(test_random_operations),
    cmocka_unit_test(test_random_divisors_never_flood),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
