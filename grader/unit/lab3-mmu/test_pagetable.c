/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of what may stand in a table (floor 3), by mmu_update and by update_va_mapping: each bit of an entry, each
 * place, counts that are full, and which change needs a flush.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi_memory.h"
#include "errors.h"
#include "frame.h"
#include "mmu_on_host.h"

#define READ  ((uint64_t)PTE_PRESENT)
#define WRITE ((uint64_t)(PTE_PRESENT | PTE_WRITABLE))

static uint64_t entry(uint32_t mfn, uint64_t flags)
{
    return (uint64_t)mfn << 12 | flags;
}

/* A is an L1 that an L2, B, names in its entry 0; both stay tables by their pins. */
static int start(void **state)
{
    mmu_host_start(state);
    host_entries(HOST_B)[0] = entry(HOST_A, WRITE);
    if (host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0) != 0 || host_operation(MMUEXT_PIN_L2_TABLE, HOST_B, 0) != 0)
        return -1;
    mmu_host.cr3_loads = 0;
    return 0;
}

/* Every bit of an entry, in a table of each kind: whether it may be set beside P (abi.md 3.3). */
static void flags_of_each_table(void **state)
{
    static const struct {
        uint32_t table, target;
        uint64_t allowed;
    } kinds[] = { { HOST_A, HOST_C, 0xf67 }, { HOST_B, HOST_A, 0xe67 }, { HOST_FIRST, HOST_B, 0xe67 },
                  { HOST_TOP, HOST_A, 0xe67 } };

    (void)state;
    for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
        for (unsigned bit = 1; bit < 64; bit++) {
            uint64_t value = entry(kinds[kind].target, READ | 1ull << bit);

            if (bit >= 12 && bit < 32)
                continue; /* the frame's number */
            for (unsigned again = 0; again < 2; again++) { /* as a new reference, and as the same once more */
                assert_int_equal(host_update(host_place(kinds[kind].table, 1), again ? entry(kinds[kind].target, READ)
                                                                                      : 0), 0);
                assert_int_equal(host_update(host_place(kinds[kind].table, 1), value),
                                 kinds[kind].allowed >> bit & 1 ? 0 : -EINVAL);
            }
            assert_int_equal(host_update(host_place(kinds[kind].table, 1), value & ~READ), 0); /* not present: free */
            host_update(host_place(kinds[kind].table, 1), 0);
        }
    assert_int_equal(frame_find(HOST_C)->count, 1);
}

static void places_of_the_upper_tables(void **state)
{
    (void)state;
    assert_int_equal(host_update(host_place(HOST_TOP, 427), entry(HOST_A, READ)), 0);
    for (uint32_t index = HOST_TOP_FIRST; index < 512; index++) {
        assert_int_equal(host_update(host_place(HOST_TOP, index), 0), -EPERM);
        assert_int_equal(host_entries(HOST_TOP)[index], HOST_TOP_ENTRY);
    }
    assert_int_equal(host_update(host_place(HOST_B, 511), entry(HOST_A, READ)), 0);
    assert_int_equal(host_update(host_place(HOST_FIRST, 3), entry(HOST_TOP, READ)), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_FIRST, 3), 0), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_FIRST, 4), 0xffffffffffffffff), 0); /* nobody looks there */
    assert_int_equal(host_update(host_place(HOST_FIRST, 0), entry(HOST_TOP, READ)), -EBUSY);
    assert_int_equal(host_update(host_place(HOST_FIRST, 2), entry(HOST_FIRST, READ | 0x64)), -EBUSY);
}

/* The L3 that is loaded is a copy without the bits that a real one must not have. */
static void live_base(void **state)
{
    (void)state;
    assert_int_equal(host_update(host_place(HOST_FIRST, 2), entry(HOST_B, READ | 0x66)), 0);
    assert_int_equal(fake.pv.pdpt[2], entry(HOST_B, READ));
    assert_true(mmu_host.cr3_loads > 0);
    assert_int_equal(host_update(host_place(HOST_FIRST, 2), 0), 0);
    assert_int_equal(fake.pv.pdpt[2], 0);
}

/* A plain page is written as the guest could itself; a page of descriptors could not. */
static void plain_pages(void **state)
{
    (void)state;
    assert_int_equal(host_update(host_place(HOST_C, 9), 0xfedcba9876543210), 0);
    assert_int_equal(host_entries(HOST_C)[9], 0xfedcba9876543210);
    assert_int_equal(frame_find(HOST_C)->type, FRAME_NONE);
    host_entries(HOST_C)[9] = 0;
    assert_int_equal(frame_get_type(HOST_C, HOST_OWNER, FRAME_SEGMENTS), 0);
    assert_int_equal(host_update(host_place(HOST_C, 9), 1), -EBUSY);
    assert_int_equal(host_entries(HOST_C)[9], 0);
}

/* One more reference than a count can hold is refused, and nothing has changed: for each of the ways to get one. */
static void counts_do_not_wrap(void **state)
{
    const uint32_t busy[] = { READ, WRITE };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        frame_find(HOST_C)->count = FRAME_COUNT_MAX;
        assert_int_equal(host_update(host_place(HOST_A, 0), entry(HOST_C, busy[i])), -EBUSY);
        assert_int_equal(host_entries(HOST_A)[0], 0);
        assert_int_equal(frame_find(HOST_C)->count, FRAME_COUNT_MAX);
        frame_find(HOST_C)->count--;
        assert_int_equal(host_update(host_place(HOST_A, 0), entry(HOST_C, busy[i])), 0);
        assert_int_equal(host_update(host_place(HOST_A, 0), 0), 0);
    }
    frame_find(HOST_A)->count = FRAME_COUNT_MAX;
    assert_int_equal(host_update(host_place(HOST_B, 7), entry(HOST_A, READ)), -EBUSY);
    assert_int_equal(host_operation(MMUEXT_PIN_L3_TABLE, HOST_A, 0), -EINVAL); /* is pinned */
    frame_find(HOST_C)->count = FRAME_COUNT_MAX;
    assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_C, 0), -EBUSY);
    assert_int_equal(host_operation(MMUEXT_CLEAR_PAGE, HOST_C, 0), -EBUSY);
}

static int32_t mapping(uint32_t address, uint64_t value, uint32_t flags)
{
    return host_call(HYPERCALL_UPDATE_VA_MAPPING, address, (uint32_t)value, (uint32_t)(value >> 32), flags);
}

static void by_address(void **state)
{
    (void)state;
    assert_int_equal(host_update(host_place(HOST_FIRST, 0), entry(HOST_B, READ)), 0);
    assert_int_equal(mapping(0x00003abc, entry(HOST_C, WRITE | 4), UVMF_NONE), 0);
    assert_int_equal(host_entries(HOST_A)[3], entry(HOST_C, WRITE | 4));
    assert_int_equal(mapping(0x00003000, entry(HOST_A, WRITE), UVMF_NONE), -EBUSY);
    assert_int_equal(mapping(0x00003000, entry(HOST_FOREIGN, READ), UVMF_NONE), -EINVAL);
    assert_int_equal(mapping(0x00003000, entry(HOST_C, READ) | 1ull << 63, UVMF_NONE), -EINVAL);
    assert_int_equal(host_entries(HOST_A)[3], entry(HOST_C, WRITE | 4));
    assert_int_equal(mapping(0x00200000, 0, UVMF_NONE), -EINVAL); /* no L1 */
    assert_int_equal(mapping(0x80000000, 0, UVMF_NONE), -EINVAL); /* no L2 */
    assert_int_equal(mapping(HYPERVISOR_VIRT_START, 0, UVMF_NONE), -EINVAL);
    assert_int_equal(mapping(0xffffffff, 0, UVMF_NONE), -EINVAL);
}

/* Asked for, or needed: less than before needs a flush whatever the guest says; more does not. */
static void flushes(void **state)
{
    static const struct {
        uint64_t flags;
        uint32_t flush;
        unsigned loads, invalidates;
    } steps[] = { { WRITE, UVMF_NONE, 0, 0 },   { WRITE, UVMF_INVLPG, 0, 1 }, { WRITE, UVMF_INVLPG | UVMF_ALL, 0, 1 },
                  { WRITE, UVMF_TLB_FLUSH, 1, 0 }, { READ, UVMF_NONE, 1, 0 }, { READ, UVMF_INVLPG, 0, 1 },
                  { WRITE, UVMF_NONE, 0, 0 },   { 0, UVMF_NONE, 1, 0 } };

    (void)state;
    assert_int_equal(host_update(host_place(HOST_FIRST, 0), entry(HOST_B, READ)), 0);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        mmu_host.cr3_loads = mmu_host.invalidates = 0;
        assert_int_equal(mapping(0x5000, steps[i].flags != 0 ? entry(HOST_C, steps[i].flags) : 0, steps[i].flush), 0);
        assert_int_equal(mmu_host.cr3_loads, steps[i].loads);
        assert_int_equal(mmu_host.invalidates, steps[i].invalidates);
        assert_false(frame_tlb_is_stale);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(flags_of_each_table, start),
        cmocka_unit_test_setup(places_of_the_upper_tables, start),
        cmocka_unit_test_setup(live_base, start),
        cmocka_unit_test_setup(plain_pages, start),
        cmocka_unit_test_setup(counts_do_not_wrap, start),
        cmocka_unit_test_setup(by_address, start),
        cmocka_unit_test_setup(flushes, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
