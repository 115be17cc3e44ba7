/* sources: frames.c panic_on_host.c */
/*
 * Unit tests of the frame allocator (floor 1): random operations against one bool per frame. The allocator has no
 * reset, so each test gives back what it took.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "frames.h"
#include "panic_on_host.h"
#include "xorshift.h"

static bool is_free[FRAMES_MAX];
static uint32_t free_frames;

static void model_set(uint32_t first, uint32_t count, bool free)
{
    for (uint32_t i = first; i < first + count && i < FRAMES_MAX; i++) {
        free_frames += (uint32_t)free - (uint32_t)is_free[i];
        is_free[i] = free;
    }
}

static bool model_has_run(uint32_t count)
{
    uint32_t run = 0;

    for (uint32_t i = 0; i < FRAMES_MAX && run < count; i++)
        run = is_free[i] ? run + 1 : 0;
    return run == count;
}

/* All free frames are taken one by one: each once, none that is not free, and then there are no more. */
static void take_all(void)
{
    uint32_t count = free_frames;

    for (uint32_t i = 0; i < count; i++) {
        mfn_t mfn = frame_alloc();

        assert_true(mfn.number < FRAMES_MAX && is_free[mfn.number]);
        model_set(mfn.number, 1, false);
    }
    assert_true(mfn_is_none(frame_alloc()));
    assert_int_equal(frames_free_count(), 0);
}

static void nothing_is_free_at_first(void **state)
{
    (void)state;
    assert_int_equal(frames_free_count(), 0);
    assert_true(mfn_is_none(frame_alloc()));
    assert_true(mfn_is_none(frame_alloc_range(1)));
}

static void ranges_are_declared_and_reserved(void **state)
{
    (void)state;
    frames_add(FRAMES_MAX - 3, 10); /* only three of them exist */
    frames_add(100, 50);
    frames_add(120, 10); /* again */
    frames_add(UINT32_MAX, 2);
    frames_add(FRAMES_MAX, 1);
    frames_reserve(90, 20);
    frames_reserve(FRAMES_MAX, UINT32_MAX);
    model_set(110, 40, true);
    model_set(FRAMES_MAX - 3, 3, true);
    assert_int_equal(frames_free_count(), 43);
    take_all();
}

static void runs_lie_within_what_is_free(void **state)
{
    (void)state;
    frames_add(10, 5);
    frames_add(16, 7);
    frames_add(FRAMES_MAX - 8, 8);
    assert_true(mfn_is_none(frame_alloc_range(9)));
    assert_int_equal(frame_alloc_range(8).number, FRAMES_MAX - 8);
    assert_int_equal(frame_alloc_range(7).number, 16);
    assert_int_equal(frame_alloc_range(5).number, 10);
    assert_true(mfn_is_none(frame_alloc_range(1)));
    assert_int_equal(frames_free_count(), 0);
}

static void freeing_twice_is_our_bug(void **state)
{
    (void)state;
    frames_add(7, 1);
    mfn_t mfn = frame_alloc();
    frame_free(mfn);
    assert_true(ENDS_MACHINE(frame_free(mfn)));
    assert_true(ENDS_MACHINE(frame_free((mfn_t){ FRAMES_MAX })));
    assert_true(ENDS_MACHINE(frame_free(MFN_NONE)));
    assert_true(ENDS_MACHINE(frame_alloc_range(0)));
    assert_int_equal(frames_free_count(), 1);
    assert_int_equal(frame_alloc().number, 7);
}

struct run {
    uint32_t first, count;
};

static struct run runs[2000];
static unsigned run_count;

static void random_allocation(uint64_t *seed)
{
    uint32_t count = 1 + xorshift_next(seed) % (xorshift_next(seed) % 8 ? 4 : 600);
    mfn_t mfn = count == 1 ? frame_alloc() : frame_alloc_range(count);

    if (mfn_is_none(mfn)) {
        assert_false(model_has_run(count));
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        assert_true(is_free[mfn.number + i]);
    model_set(mfn.number, count, false);
    runs[run_count++] = (struct run){ mfn.number, count };
}

static void random_release(uint64_t *seed)
{
    unsigned which = xorshift_next(seed) % run_count;
    struct run run = runs[which];

    if (run.count == 1)
        frame_free((mfn_t){ run.first });
    else
        frame_free_range((mfn_t){ run.first }, run.count);
    model_set(run.first, run.count, true);
    runs[which] = runs[--run_count];
}

static void random_operations_agree_with_the_model(void **state)
{
    uint64_t seed = 19;

    (void)state;
    frames_add(256, FRAMES_MAX - 300);
    model_set(256, FRAMES_MAX - 300, true);
    for (unsigned i = 0; i < 60000; i++) {
        if (run_count == 0 || (run_count < 2000 && xorshift_next(&seed) % 5 < 3))
            random_allocation(&seed);
        else
            random_release(&seed);
        assert_int_equal(frames_free_count(), free_frames);
    }
    while (run_count > 0)
        random_release(&seed);
    assert_int_equal(frames_free_count(), FRAMES_MAX - 300);
    take_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_free_at_first),
        cmocka_unit_test(ranges_are_declared_and_reserved),
        cmocka_unit_test(runs_lie_within_what_is_free),
        cmocka_unit_test(freeing_twice_is_our_bug),
        cmocka_unit_test(random_operations_agree_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
