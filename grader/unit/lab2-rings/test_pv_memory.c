/* sources: pv_memory.c m2p.c fake_pv.c frames.c panic_on_host.c */
/*
 * Unit tests of a guest's memory (floor 2): list and machine-to-physical table point at each other, a frame has one
 * owner, page tables are not to be written, and memory that runs out anywhere comes back whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_pv.h"
#include "m2p.h"
#include "pv_memory.h"

static struct pv_domain one, other;

static int start(void **state)
{
    fake_pv_start(state);
    memset(&one, 0, sizeof(one));
    memset(&other, 0, sizeof(other));
    m2p_init();
    return 0;
}

static unsigned owned(const struct pv_domain *pv)
{
    unsigned count = 0;

    for (uint32_t mfn = 0; mfn < FRAMES_MAX + 100; mfn++)
        count += pv_owns(pv, mfn);
    return count;
}

static void ownership(void **state)
{
    uint32_t list_frame;

    (void)state;
    assert_true(pv_memory_allocate(&one, 40));
    assert_true(pv_memory_allocate(&other, 60));
    list_frame = pointer_mfn(one.frames).number;
    assert_int_equal(owned(&one), 40);
    assert_int_equal(owned(&other), 60);
    for (uint32_t pfn = 0; pfn < 40; pfn++) {
        uint32_t mfn = one.frames[pfn].number;

        assert_int_equal(m2p_get(mfn), pfn);
        assert_true(pv_owns(&one, mfn) && !pv_owns(&other, mfn));
        assert_ptr_equal(pv_page(&one, pfn), direct_map + mfn * 4096ul);
        if (pfn > 0)
            assert_int_not_equal(mfn, one.frames[pfn - 1].number + 1); /* not in the machine's order */
    }
    assert_false(pv_owns(&one, list_frame)); /* the list is ours */
    assert_false(pv_owns(&one, UINT32_MAX) || pv_owns(&one, FRAMES_MAX) || pv_owns(&one, 0));
}

/* An entry of the table alone proves nothing: the list must agree. */
static void both_must_agree(void **state)
{
    mfn_t stranger;

    (void)state;
    assert_true(pv_memory_allocate(&one, 8));
    stranger = frame_alloc();
    m2p_set(stranger, 3);
    assert_false(pv_owns(&one, stranger.number));
    m2p_set(stranger, 8);
    assert_false(pv_owns(&one, stranger.number));
    m2p_set(one.frames[5], 6);
    assert_false(pv_owns(&one, one.frames[5].number));
}

static void page_tables(void **state)
{
    (void)state;
    assert_true(pv_memory_allocate(&one, 20));
    one.table_first = 5;
    one.table_count = 7;
    for (uint32_t pfn = 0; pfn < 20; pfn++)
        assert_int_equal(pv_may_write(&one, one.frames[pfn].number), pfn < 5 || pfn >= 12);
    assert_true(pv_memory_allocate(&other, 20));
    assert_false(pv_may_write(&one, other.frames[0].number));
    assert_false(pv_may_write(&one, UINT32_MAX));
}

/* Nothing of a guest that was before is in a new one's memory. */
static void zeroed(void **state)
{
    (void)state;
    memset(direct_map + FAKE_FIRST * PAGE_SIZE, 0xaa, FAKE_FRAMES * PAGE_SIZE);
    assert_true(pv_memory_allocate(&one, 30));
    for (uint32_t pfn = 0; pfn < 30; pfn++)
        for (unsigned i = 0; i < PAGE_SIZE; i++)
            assert_int_equal(((uint8_t *)pv_page(&one, pfn))[i], 0);
}

/* With every number of free frames, too few or just enough: what was taken comes back, and no trace stays. */
static void memory_runs_out(void **state)
{
    for (uint32_t free = 0; free <= 34; free++) {
        start(state);
        frames_reserve(FAKE_FIRST + free, FAKE_FRAMES - free);
        assert_int_equal(pv_memory_allocate(&one, 32), free >= 33); /* one more for the list */
        pv_memory_free(&one);
        assert_null(one.frames);
        assert_int_equal(frames_free_count(), free);
        for (uint32_t mfn = 0; mfn < FRAMES_MAX; mfn++)
            assert_int_equal(m2p_get(mfn), M2P_INVALID);
        pv_memory_free(&one); /* once more does nothing */
    }
}

static void list_of_many_pages(void **state)
{
    (void)state;
    frames_add(FAKE_FIRST + FAKE_FRAMES, 2000);
    assert_true(pv_memory_allocate(&one, 2049));
    assert_int_equal(one.array_frames, 3);
    assert_int_equal(owned(&one), 2049);
    pv_memory_free(&one);
    assert_int_equal(frames_free_count(), FAKE_FRAMES + 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ownership, start),
        cmocka_unit_test_setup(both_must_agree, start),
        cmocka_unit_test_setup(page_tables, start),
        cmocka_unit_test_setup(zeroed, start),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test_setup(list_of_many_pages, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
