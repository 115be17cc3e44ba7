/* sources: time_scale.c */
/*
 * Unit tests of turning counter ticks into nanoseconds (floor 1), against exact 128-bit arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time.h"
#include "xorshift.h"

#define NS_PER_SECOND 1000000000u

static uint64_t random_hz(uint64_t *seed)
{
    uint64_t hz = ((uint64_t)xorshift_next(seed) << 32 | xorshift_next(seed)) >> (24 + xorshift_next(seed) % 30);

    return hz < 1000 ? 1000 : hz;
}

/* Xen's public header xen.h, struct vcpu_time_info, says how guests will do it. */
static uint64_t as_the_interface_says(const struct time_scale *scale, uint64_t ticks)
{
    ticks = scale->shift < 0 ? ticks >> -scale->shift : ticks << scale->shift;
    return (uint64_t)((unsigned __int128)ticks * scale->multiplier >> 32);
}

static void one_second_is_a_billion(uint64_t hz)
{
    struct time_scale scale = time_scale_from_hz(hz);
    uint64_t ns = time_scale_apply(&scale, hz);

    assert_true(scale.multiplier >= 1u << 31); /* no precision is given away */
    assert_true(ns <= NS_PER_SECOND);
    assert_true(NS_PER_SECOND - ns <= 3 + (hz < NS_PER_SECOND ? 0 : 3));
}

static void every_frequency(void **state)
{
    static const uint64_t known[] = { 1000, 1193182, 999999999, 1000000000, 1000000001, 1999999999, 2000000000,
                                      2000000001, 3000000000, 4000000000, 4000000001, 5000000000, 100000000000 };
    uint64_t seed = 20;

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        one_second_is_a_billion(known[i]);
    for (unsigned i = 0; i < 100000; i++)
        one_second_is_a_billion(random_hz(&seed));
}

static void random_times_are_exact(void **state)
{
    uint64_t seed = 21;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t hz = random_hz(&seed), seconds = xorshift_next(&seed) % 100000, ticks = hz * seconds;
        struct time_scale scale = time_scale_from_hz(hz);
        uint64_t ns = time_scale_apply(&scale, ticks);
        uint64_t exact = (uint64_t)((unsigned __int128)ticks * NS_PER_SECOND / hz);

        if ((ticks << (scale.shift > 0 ? scale.shift : 0)) >> (scale.shift > 0 ? scale.shift : 0) != ticks)
            continue; /* more than the form can say */
        assert_int_equal(ns, as_the_interface_says(&scale, ticks));
        uint64_t error = ns > exact ? ns - exact : exact - ns;
        assert_true(error <= 8 + exact / (1u << 29)); /* 32 bits of multiplier, 30 of the frequency */
    }
}

static void time_never_goes_backwards(void **state)
{
    struct time_scale scale = time_scale_from_hz(2593000000u);
    uint64_t before = 0;

    (void)state;
    for (uint64_t ticks = 0; ticks < 100000; ticks++) {
        uint64_t now = time_scale_apply(&scale, ticks + 0xfffffff0);

        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frequency),
        cmocka_unit_test(random_times_are_exact),
        cmocka_unit_test(time_never_goes_backwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
