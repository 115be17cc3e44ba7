/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of address spaces (floor 3): built into the frame table, switched, changed while they are in use, and
 * taken apart with nothing left, whatever tangle the guest has made of them; and of the rules that floor 3 brings.
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
#include "pv_memory.h"
#include "pv_trap.h"
#include "space.h"

static uint64_t entry(uint32_t mfn, uint64_t flags)
{
    return (uint64_t)mfn << 12 | flags;
}

static void built(void **state)
{
    (void)state;
    for (uint32_t mfn = HOST_A; mfn <= HOST_D; mfn++) {
        assert_int_equal(frame_find(mfn)->owner, space_owner(&fake.domain));
        assert_int_equal(frame_find(mfn)->count, 1);
    }
    assert_int_equal(frame_find(HOST_FIRST)->type_count, 2); /* pinned, and the base */
    assert_int_equal(frame_find(HOST_FIRST)->flags, FRAME_PINNED);
    assert_int_equal(frame_find(HOST_TOP)->type, FRAME_L2_TOP);
    assert_int_equal(frame_find(HOST_SHARED)->flags, FRAME_SHARED);
    assert_null(frame_find(HOST_REQUEST));
    assert_null(frame_find(FRAMES_MAX));
    assert_null(frame_find(UINT32_MAX));
}

/* A guest that floor 2 refuses has nothing in the table, and there is nothing to take out. */
static void not_built(void **state)
{
    mmu_host_start(state);
    space_destroy(&fake.domain);
    mmu_host.refusal = "no memory";
    mmu_host.forgotten = 0;
    assert_string_equal(space_build(&fake.domain, NULL), "no memory");
    space_destroy(&fake.domain);
    assert_int_equal(mmu_host.forgotten, 0);
}

/* What the guest writes into its L3 reaches the copy that is loaded, if that is the L3 it runs on; else later. */
static void slot_changes(void **state)
{
    (void)state;
    host_entries(HOST_A)[3] = entry(HOST_B, PTE_PRESENT);
    assert_int_equal(host_operation(MMUEXT_PIN_L3_TABLE, HOST_A, 0), 0);
    assert_int_equal(host_update(host_place(HOST_A, 2), entry(HOST_C, PTE_PRESENT | 0x60)), 0);
    assert_int_equal(fake.pv.pdpt[2], 0);
    assert_int_equal(host_operation(MMUEXT_NEW_BASEPTR, HOST_A, 0), 0);
    assert_int_equal(fake.pv.pdpt[2], entry(HOST_C, PTE_PRESENT));
    assert_int_equal(host_update(host_place(HOST_A, 0), entry(HOST_C, PTE_PRESENT | 0x66)), 0);
    assert_int_equal(fake.pv.pdpt[0], entry(HOST_C, PTE_PRESENT));
    assert_int_equal(host_update(host_place(HOST_A, 2), 0x60), 0);
    assert_int_equal(fake.pv.pdpt[2], 0);
    assert_int_equal(fake.pv.pdpt[3], entry(HOST_B, PTE_PRESENT));
}

/* The CPU has let go of the old tables before they can be written. */
static void flushed_before_the_old_goes(void **state)
{
    (void)state;
    host_entries(HOST_A)[3] = entry(HOST_B, PTE_PRESENT);
    mmu_host.cr3_loads = 0;
    assert_int_equal(space_switch(&fake.pv, HOST_A), 0);
    assert_int_equal(mmu_host.cr3_loads, 1);
}

static void flush_when_stale(void **state)
{
    (void)state;
    mmu_host.cr3_loads = 0;
    space_flush();
    assert_int_equal(mmu_host.cr3_loads, 0);
    frame_tlb_is_stale = true;
    space_flush();
    space_flush();
    assert_int_equal(mmu_host.cr3_loads, 1);
    mmu_host.is_paging = true;
    frame_tlb_is_stale = true;
    space_flush();
    assert_int_equal(mmu_host.cr3_loads, 1);
    assert_false(frame_tlb_is_stale);
}

/* After the end: every frame back with the allocator, but the shared page, which is floor 2's to free. */
static void destroy_and_audit(void)
{
    space_destroy(&fake.domain);
    for (uint32_t mfn = HOST_A; mfn <= HOST_SHARED; mfn++)
        assert_null(frame_find(mfn));
    assert_int_equal(frames_free_count(), HOST_LISTED);
    assert_int_equal(mmu_host.forgotten, 1);
    assert_int_equal(mmu_host.tables_freed, 1);
    assert_int_equal(frame_find(HOST_FOREIGN)->count, 1);
}

static void destroyed_as_built(void **state)
{
    (void)state;
    destroy_and_audit();
}

/* Pinned tables that map each other, themselves and the shared page; a base that is not pinned; frames given back. */
static void destroyed_in_a_tangle(void **state)
{
    uint32_t number = HOST_A;

    (void)state;
    host_entries(HOST_A)[0] = entry(HOST_A, PTE_PRESENT);
    host_entries(HOST_A)[1] = entry(HOST_B, PTE_PRESENT);
    host_entries(HOST_A)[2] = entry(HOST_SHARED, PTE_PRESENT | PTE_WRITABLE);
    host_entries(HOST_A)[3] = entry(HOST_C, PTE_PRESENT | PTE_WRITABLE);
    host_entries(HOST_A)[4] = entry(HOST_FIRST, PTE_PRESENT);
    host_entries(HOST_B)[0] = entry(HOST_A, PTE_PRESENT);
    host_entries(HOST_B)[511] = entry(HOST_A, PTE_PRESENT);
    assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), 0);
    assert_int_equal(host_operation(MMUEXT_PIN_L2_TABLE, HOST_B, 0), 0);
    assert_int_equal(host_update(host_place(HOST_FIRST, 0), entry(HOST_B, PTE_PRESENT)), 0);
    assert_int_equal(host_update(host_place(HOST_FIRST, 1), entry(HOST_B, PTE_PRESENT)), 0);
    assert_int_equal(host_update(host_place(HOST_TOP, 0), entry(HOST_A, PTE_PRESENT)), 0);
    assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_FIRST, 0), 0);
    for (; number <= HOST_FIRST; number++) {
        uint32_t given = number;

        assert_int_equal(host_reservation(MEMORY_DECREASE_RESERVATION, &given), 1);
    }
    destroy_and_audit();
}

/* Floor 2 asks these before it writes a descriptor for a guest, or reads a page of them. */
static void rules(void **state)
{
    const struct pv_frame_rules *rules = pv_frame_rules;

    (void)state;
    assert_true(rules->owns(fake.owner, HOST_A) && rules->owns(fake.owner, HOST_FIRST));
    assert_false(rules->owns(fake.owner, HOST_SHARED) || rules->owns(fake.owner, HOST_FOREIGN));
    assert_false(rules->owns(fake.owner, HOST_REQUEST) || rules->owns(fake.owner, UINT32_MAX));
    assert_true(rules->may_write(fake.owner, HOST_A));
    assert_false(rules->may_write(fake.owner, HOST_FIRST) || rules->may_write(fake.owner, HOST_TOP));
    assert_false(rules->may_write(fake.owner, HOST_FOREIGN) || rules->may_write(fake.owner, HOST_SHARED));
    assert_int_equal(rules->segments_get(fake.owner, HOST_A), 0);
    assert_true(rules->may_write(fake.owner, HOST_A)); /* by update_descriptor, which looks at what it writes */
    assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), -EBUSY);
    rules->segments_put(fake.owner, HOST_A);
    assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), 0);
    assert_int_equal(rules->segments_get(fake.owner, HOST_A), -EBUSY);
    assert_int_equal(rules->segments_get(fake.owner, HOST_SHARED), -EINVAL);
    host_entries(HOST_B)[511] = 0x0000e90000000067; /* a TSS */
    assert_int_equal(rules->segments_get(fake.owner, HOST_B), -EINVAL);
    assert_int_equal(frame_find(HOST_B)->type, FRAME_NONE);
}

/* A fault that the tables do not explain, for every right of the page, kind of access and ring. */
static void spurious_faults(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1u << 7; i++) {
        uint32_t l2 = i & 7, l1 = PTE_PRESENT | (i >> 2 & 6);
        bool write = i >> 5 & 1, user = i >> 6 & 1;
        bool allowed = (l2 & PTE_PRESENT) && (!write || (l2 & l1 & PTE_WRITABLE)) && (!user || (l2 & l1 & PTE_USER));

        *fake_l2_entry(WINDOW) = entry(HOST_WINDOW_L1, l2);
        host_entries(HOST_WINDOW_L1)[0] = entry(HOST_REQUEST, l1);
        fake.frame.cs = user ? SELECTOR_RING3_CODE : SELECTOR_RING1_CODE;
        assert_int_equal(pv_fault_filter(&fake.pv, (write ? 2 : 0) | (user ? 4 : 0), WINDOW + 5), allowed);
    }
    assert_false(pv_fault_filter(&fake.pv, 0, HYPERVISOR_VIRT_START));
    assert_false(pv_fault_filter(&fake.pv, 0, 0x80000000));
}

/* The window's tables stay in place for this test. */
static int start_mapped(void **state)
{
    mmu_host_start(state);
    fake.pv.pdpt[WINDOW >> 30] = entry(HOST_WINDOW_L2, PTE_PRESENT);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(built, mmu_host_start),
        cmocka_unit_test(not_built),
        cmocka_unit_test_setup(slot_changes, mmu_host_start),
        cmocka_unit_test_setup(flushed_before_the_old_goes, mmu_host_start),
        cmocka_unit_test_setup(flush_when_stale, mmu_host_start),
        cmocka_unit_test_setup(destroyed_as_built, mmu_host_start),
        cmocka_unit_test_setup(destroyed_in_a_tangle, mmu_host_start),
        cmocka_unit_test_setup(rules, mmu_host_start),
        cmocka_unit_test_setup(spurious_faults, start_mapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
