/* sources: sched.c */
/*
 * Unit tests of the run queue and its FIFO (floor 1): who runs when, and nobody starves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain.h"
#include "sched.h"
#include "xorshift.h"

#define VCPUS 5

bool trap_has_work; /* the dispatcher is not part of this */
static struct vcpu vcpus[VCPUS];

static int start(void **state)
{
    (void)state;
    sched_set_slice(3);
    for (unsigned i = 0; i < VCPUS; i++)
        sched_wake(&vcpus[i]);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VCPUS; i++)
        sched_sleep(&vcpus[i]);
    return scheduler->choose() == NULL ? 0 : -1;
}

static void first_come_first_served(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VCPUS; i++) {
        assert_ptr_equal(scheduler->choose(), &vcpus[i]);
        assert_true(vcpus[i].is_queued);
        sched_sleep(&vcpus[i]);
        assert_false(vcpus[i].is_queued);
    }
    assert_null(scheduler->choose());
}

static void each_gets_its_slice(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 4 * VCPUS; turn++)
        for (unsigned tick = 0; tick < 3; tick++) {
            assert_ptr_equal(scheduler->choose(), &vcpus[turn % VCPUS]);
            scheduler->tick(&vcpus[turn % VCPUS]);
        }
}

static void who_sleeps_leaves_a_whole_slice(void **state)
{
    (void)state;
    scheduler->tick(&vcpus[0]);
    scheduler->tick(&vcpus[0]);
    sched_sleep(&vcpus[0]);
    for (unsigned tick = 0; tick < 3; tick++) {
        assert_ptr_equal(scheduler->choose(), &vcpus[1]);
        scheduler->tick(&vcpus[1]);
    }
    assert_ptr_equal(scheduler->choose(), &vcpus[2]);
}

static void sleeper_in_the_queue_takes_nobodys_time(void **state)
{
    (void)state;
    scheduler->tick(&vcpus[0]);
    scheduler->tick(&vcpus[0]);
    sched_sleep(&vcpus[3]); /* not the one that runs: its two ticks still count */
    scheduler->tick(&vcpus[0]);
    assert_ptr_equal(scheduler->choose(), &vcpus[1]);
}

static void waking_twice_is_waking_once(void **state)
{
    (void)state;
    sched_wake(&vcpus[0]);
    sched_sleep(&vcpus[0]);
    sched_sleep(&vcpus[0]);
    sched_wake(&vcpus[0]);
    for (unsigned i = 1; i < VCPUS; i++) {
        assert_ptr_equal(scheduler->choose(), &vcpus[i]);
        sched_sleep(&vcpus[i]);
    }
    assert_ptr_equal(scheduler->choose(), &vcpus[0]); /* at the end of the queue */
}

static void tick_for_another_is_ignored(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        scheduler->tick(&vcpus[1]);
    assert_ptr_equal(scheduler->choose(), &vcpus[0]);
    sched_sleep(&vcpus[0]);
    assert_ptr_equal(scheduler->choose(), &vcpus[1]); /* nor has the order changed */
}

/* It may wake and sleep as it likes meanwhile: what counts is what it wants when the pause is over. */
static void paused_is_out_of_the_queue(void **state)
{
    (void)state;
    sched_pause(&vcpus[0], true);
    assert_ptr_equal(scheduler->choose(), &vcpus[1]);
    sched_sleep(&vcpus[0]);
    sched_wake(&vcpus[0]);
    assert_false(vcpus[0].is_queued);
    sched_pause(&vcpus[0], false);
    assert_true(vcpus[0].is_queued);
    sched_pause(&vcpus[1], true);
    sched_sleep(&vcpus[1]);
    sched_pause(&vcpus[1], false);
    assert_false(vcpus[1].is_queued);
}

/* Whatever the others do, one that wants to run runs within everybody's slice. */
static void nobody_starves(void **state)
{
    unsigned waited = 0;
    uint64_t seed = 22;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct vcpu *other = &vcpus[1 + xorshift_next(&seed) % (VCPUS - 1)];

        if (xorshift_next(&seed) & 1)
            sched_wake(other);
        else
            sched_sleep(other);
        struct vcpu *now = scheduler->choose();
        assert_true(now != NULL && now->is_queued);
        scheduler->tick(now);
        waited = now == &vcpus[0] ? 0 : waited + 1;
        assert_true(waited <= 3 * (VCPUS - 1) * 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_come_first_served, start, stop),
        cmocka_unit_test_setup_teardown(each_gets_its_slice, start, stop),
        cmocka_unit_test_setup_teardown(who_sleeps_leaves_a_whole_slice, start, stop),
        cmocka_unit_test_setup_teardown(sleeper_in_the_queue_takes_nobodys_time, start, stop),
        cmocka_unit_test_setup_teardown(waking_twice_is_waking_once, start, stop),
        cmocka_unit_test_setup_teardown(tick_for_another_is_ignored, start, stop),
        cmocka_unit_test_setup_teardown(paused_is_out_of_the_queue, start, stop),
        cmocka_unit_test_setup_teardown(nobody_starves, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
