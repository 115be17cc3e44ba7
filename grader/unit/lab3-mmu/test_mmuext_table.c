/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of mmuext_op's operations on page tables (floor 3): pins, base pointer, flushes, clear and copy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi_memory.h"
#include "errors.h"
#include "frame.h"
#include "mmu_on_host.h"
#include "mmuext.h"

static uint64_t entry(uint32_t mfn, uint64_t flags)
{
    return (uint64_t)mfn << 12 | flags;
}

static int start(void **state)
{
    mmu_host_start(state);
    mmu_host.cr3_loads = 0;
    return 0;
}

static void expect(uint32_t mfn, enum frame_type type, uint32_t count, uint32_t type_count)
{
    assert_int_equal(frame_find(mfn)->type, type);
    assert_int_equal(frame_find(mfn)->count, count);
    assert_int_equal(frame_find(mfn)->type_count, type_count);
}

static void pins(void **state)
{
    static const enum frame_type types[] = { FRAME_L1, FRAME_L2, FRAME_L3 };

    (void)state;
    for (uint32_t level = 0; level < 2; level++) {
        assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE + level, HOST_A, 0), 0);
        expect(HOST_A, types[level], 2, 1);
        for (uint32_t again = 0; again < 3; again++)
            assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE + again, HOST_A, 0), -EINVAL);
        assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_A, 0), 0);
        assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_A, 0), -EINVAL);
        expect(HOST_A, FRAME_NONE, 1, 0);
    }
    assert_int_equal(host_operation(MMUEXT_PIN_L3_TABLE, HOST_A, 0), -EINVAL); /* no slot 3 */
    assert_int_equal(host_operation(MMUEXT_PIN_L4_TABLE, HOST_A, 0), -EINVAL);
}

static void pins_refused(void **state)
{
    static const uint32_t frames[] = { HOST_FOREIGN, HOST_SHARED, HOST_REQUEST, 0, FRAMES_MAX, UINT32_MAX };

    (void)state;
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        for (uint32_t level = 0; level < 3; level++)
            assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE + level, frames[i], 0), -EINVAL);
        assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, frames[i], 0), -EINVAL);
        assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, frames[i], 0), -EINVAL);
    }
    assert_int_equal(host_operation(MMUEXT_PIN_L2_TABLE, HOST_TOP, 0), -EBUSY); /* ours stand in it */
    assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_TOP, 0), -EINVAL); /* in use, but not pinned */
}

/* A bad entry at any place of a table, the first and the last included: nothing is left of the attempt. */
static void unwinding(void **state)
{
    (void)state;
    for (uint32_t bad = 0; bad < 512; bad += 73) {
        for (uint32_t i = 0; i < 512; i++)
            host_entries(HOST_A)[i] = entry(i % 2 ? HOST_B : HOST_A, PTE_PRESENT | (i % 2 ? PTE_WRITABLE : 0));
        host_entries(HOST_A)[bad] = entry(HOST_FOREIGN, PTE_PRESENT);
        assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), -EINVAL);
        expect(HOST_A, FRAME_NONE, 1, 0);
        expect(HOST_B, FRAME_NONE, 1, 0);
        assert_int_equal(frame_find(HOST_FOREIGN)->count, 1);
        host_entries(HOST_A)[bad] = entry(HOST_A, PTE_PRESENT | PTE_WRITABLE); /* writable and a table */
        assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), -EBUSY);
        expect(HOST_A, FRAME_NONE, 1, 0);
        expect(HOST_B, FRAME_NONE, 1, 0);
        host_entries(HOST_A)[bad] = 0;
        assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), 0);
        assert_int_equal(frame_find(HOST_A)->count + frame_find(HOST_B)->count, 2 + 1 + 511);
        assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_A, 0), 0);
        expect(HOST_B, FRAME_NONE, 1, 0);
    }
}

/* An address space of the guest's own making, taken up and left again as boot loaders do it. */
static void new_base(void **state)
{
    (void)state;
    host_entries(HOST_A)[0] = entry(HOST_C, PTE_PRESENT | 0x66);
    host_entries(HOST_A)[3] = entry(HOST_B, PTE_PRESENT | PTE_WRITABLE);
    assert_int_equal(host_operation(MMUEXT_PIN_L3_TABLE, HOST_A, 0), 0);
    expect(HOST_B, FRAME_L2_TOP, 2, 1);
    expect(HOST_C, FRAME_L2, 2, 1);
    assert_int_equal(host_entries(HOST_B)[511], HOST_TOP_ENTRY);
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_A, 0), 0);
    assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_FIRST, 0), 0);
    expect(HOST_FIRST, FRAME_NONE, 1, 0);
    expect(HOST_TOP, FRAME_NONE, 1, 0);
    assert_int_equal(host_entries(HOST_TOP)[428] | host_entries(HOST_TOP)[511], 0); /* nothing of ours is left */
    assert_int_equal(fake.pv.pdpt[0], entry(HOST_C, PTE_PRESENT));
    assert_int_equal(fake.pv.pdpt[3], entry(HOST_B, PTE_PRESENT));
    assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_A, 0), 0);
    expect(HOST_A, FRAME_L3, 2, 1); /* the base holds it */
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_FIRST, 0), 0); /* back, with both as they were made */
    expect(HOST_A, FRAME_NONE, 1, 0);
    expect(HOST_TOP, FRAME_L2_TOP, 2, 1);
}

/* The old base stays when the new one is none. */
static void bad_base(void **state)
{
    uint64_t loaded[4];

    (void)state;
    memcpy(loaded, fake.pv.pdpt, sizeof(loaded));
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_A, 0), -EINVAL);
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_TOP, 0), -EBUSY);
    assert_int_equal(fake.pv.base.number, HOST_FIRST);
    assert_memory_equal(loaded, fake.pv.pdpt, sizeof(loaded));
    expect(HOST_FIRST, FRAME_L3, 3, 2);
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_FIRST, 0), 0); /* the same once more */
    expect(HOST_FIRST, FRAME_L3, 3, 2);
}

static void flushes(void **state)
{
    static const uint8_t whole[] = { MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_TLB_FLUSH_MULTI, MMUEXT_TLB_FLUSH_ALL };
    static const uint8_t page[] = { MMUEXT_INVLPG_LOCAL, MMUEXT_INVLPG_MULTI, MMUEXT_INVLPG_ALL };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(host_operation(whole[i], 0, 0), 0);
        assert_int_equal(mmu_host.cr3_loads, i + 1);
        assert_int_equal(host_operation(page[i], 0x1234567 + i, 0), 0);
        assert_int_equal(mmu_host.invalidated, 0x1234567 + i);
        assert_int_equal(mmu_host.invalidates, i + 1);
    }
    assert_int_equal(mmu_host.cr3_loads, 3);
    mmu_host.is_paging = true; /* then the way out loads CR3 anyway */
    assert_int_equal(host_operation(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
    assert_int_equal(mmu_host.cr3_loads, 3);
}

/* Only what the guest could write itself; and what it could read itself. */
static void clear_and_copy(void **state)
{
    (void)state;
    memset(host_entries(HOST_C), 0x5a, PAGE_SIZE);
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_D, HOST_C), 0);
    assert_memory_equal(host_entries(HOST_D), host_entries(HOST_C), PAGE_SIZE);
    assert_int_equal(host_operation(MMUEXT_CLEAR_PAGE, HOST_C, 0), 0);
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(host_entries(HOST_C)[i], 0);
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_C, HOST_TOP), 0); /* a table can be read */
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_TOP, HOST_C), -EBUSY);
    assert_int_equal(host_operation(MMUEXT_CLEAR_PAGE, HOST_FIRST, 0), -EBUSY);
    assert_int_equal(host_operation(MMUEXT_CLEAR_PAGE, HOST_FOREIGN, 0), -EINVAL);
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_C, HOST_FOREIGN), -EINVAL);
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_FOREIGN, HOST_C), -EINVAL);
    assert_int_equal(host_operation(MMUEXT_COPY_PAGE, HOST_C, UINT32_MAX), -EINVAL);
    expect(HOST_C, FRAME_NONE, 1, 0);
    expect(HOST_D, FRAME_NONE, 1, 0);
    expect(HOST_TOP, FRAME_L2_TOP, 2, 1);
}

/* On nobody else's behalf; and operations that 32-bit guests do not have. */
static void others(void **state)
{
    const struct mmuext_op op = { MMUEXT_PIN_L1_TABLE, HOST_A, 0 };

    (void)state;
    assert_int_equal(mmuext_upper(&fake.domain.vcpu[0], &op, fake.domain.id + 1), -EPERM);
    assert_int_equal(mmuext_upper(&fake.domain.vcpu[0], &op, DOMID_IO), -EPERM);
    assert_int_equal(mmuext_upper(&fake.domain.vcpu[0], &op, fake.domain.id), 0);
    assert_int_equal(host_operation(MMUEXT_NEW_USER_BASEPTR, HOST_FIRST, 0), -EINVAL);
    assert_int_equal(host_operation(MMUEXT_MARK_SUPER, 0, 0), -ENOSYS);
    assert_int_equal(host_operation(MMUEXT_UNMARK_SUPER, 0, 0), -ENOSYS);
    assert_int_equal(host_operation(MMUEXT_FLUSH_CACHE, 0, 0), 0);
    assert_int_equal(host_operation(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), 0);
    assert_int_equal(host_operation(99, 0, 0), -EINVAL);
}

/* The list: it ends at the first error, and the guest is told how many were done. */
static void lists(void **state)
{
    const struct mmuext_op ops[] = { { MMUEXT_PIN_L1_TABLE, HOST_A, 0 }, { MMUEXT_PIN_L1_TABLE, HOST_FOREIGN, 0 },
                                     { MMUEXT_PIN_L1_TABLE, HOST_B, 0 } };

    (void)state;
    memcpy(host_entries(HOST_REQUEST), ops, sizeof(ops));
    assert_int_equal(host_call(HYPERCALL_MMUEXT_OP, WINDOW, 3, WINDOW + 64, DOMID_SELF), -EINVAL);
    assert_int_equal(host_entries(HOST_REQUEST)[8], 1);
    expect(HOST_A, FRAME_L1, 2, 1);
    expect(HOST_B, FRAME_NONE, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pins, start),
        cmocka_unit_test_setup(pins_refused, start),
        cmocka_unit_test_setup(unwinding, start),
        cmocka_unit_test_setup(new_base, start),
        cmocka_unit_test_setup(bad_base, start),
        cmocka_unit_test_setup(flushes, start),
        cmocka_unit_test_setup(clear_and_copy, start),
        cmocka_unit_test_setup(others, start),
        cmocka_unit_test_setup(lists, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
