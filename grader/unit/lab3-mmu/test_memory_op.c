/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of memory_op (floor 3): frames given back and others got, list, limit and machine-to-physical table; and
 * what is asked wrongly.
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
#include "m2p.h"
#include "mmu_on_host.h"

#define LIST 64u /* where the list is in the page: behind the structure */

static uint32_t *list(void)
{
    return (uint32_t *)host_entries(HOST_REQUEST) + LIST / 4;
}

static int32_t reservation(uint32_t command, uint32_t at, uint32_t count, uint32_t order, uint16_t domain)
{
    const struct xen_memory_reservation request = { at, count, order, 0, domain };

    memcpy(host_entries(HOST_REQUEST), &request, sizeof(request));
    return host_call(HYPERCALL_MEMORY_OP, command, WINDOW, 0, 0);
}

static int32_t give_back(uint32_t count)
{
    return reservation(MEMORY_DECREASE_RESERVATION, WINDOW + LIST, count, 0, DOMID_SELF);
}

static int32_t amount(uint32_t command)
{
    const struct xen_memory_domain request = { DOMID_SELF };

    memcpy(host_entries(HOST_REQUEST), &request, sizeof(request));
    return host_call(HYPERCALL_MEMORY_OP, command, WINDOW, 0, 0);
}

/* Down and up again: known to all tables, and zeroed. */
static void balloon(void **state)
{
    (void)state;
    m2p_set((mfn_t){ HOST_C }, 2);
    host_entries(HOST_C)[5] = 0x5ec2e7;
    memcpy(list(), (const uint32_t[]){ HOST_C, HOST_A }, 8);
    assert_int_equal(give_back(2), 2);
    assert_int_equal(amount(MEMORY_CURRENT_RESERVATION), HOST_LISTED - 2);
    assert_int_equal(amount(MEMORY_MAXIMUM_RESERVATION), HOST_LISTED);
    assert_null(frame_find(HOST_C));
    assert_int_equal(m2p_get(HOST_C), M2P_INVALID);
    assert_int_equal(frames_free_count(), 2);
    memcpy(list(), (const uint32_t[]){ 700, 701 }, 8);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + LIST, 2, 0, DOMID_SELF), 2);
    assert_int_equal(list()[0], HOST_A); /* the allocator's order */
    assert_int_equal(list()[1], HOST_C);
    assert_int_equal(m2p_get(HOST_A), 700);
    assert_int_equal(m2p_get(HOST_C), 701);
    assert_int_equal(host_entries(HOST_C)[5], 0);
    assert_int_equal(frame_find(HOST_C)->owner, HOST_OWNER);
    assert_int_equal(amount(MEMORY_CURRENT_RESERVATION), HOST_LISTED);
    assert_int_equal(frames_free_count(), 0);
}

/* increase_reservation asks for no number: nobody knows it by one yet. */
static void increase(void **state)
{
    (void)state;
    list()[0] = HOST_B;
    assert_int_equal(give_back(1), 1);
    list()[0] = 3;
    assert_int_equal(reservation(MEMORY_INCREASE_RESERVATION, WINDOW + LIST, 1, 0, fake.domain.id), 1);
    assert_int_equal(list()[0], HOST_B);
    assert_int_equal(m2p_get(HOST_B), M2P_INVALID);
}

/* A domain has no more than it was built with, however much is free; and not more than there is. */
static void limits(void **state)
{
    (void)state;
    frames_add(HOST_END, 1);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + LIST, 1, 0, DOMID_SELF), 0);
    assert_int_equal(frames_free_count(), 1);
    memcpy(list(), (const uint32_t[]){ HOST_A, HOST_B }, 8);
    assert_int_equal(give_back(2), 2);
    frames_reserve(HOST_B, 1);
    frames_reserve(HOST_END, 1);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + LIST, 2, 0, DOMID_SELF), 1);
    assert_int_equal(list()[0], HOST_A);
}

/* At the first that is not the domain's to give, the list ends. */
static void not_to_give(void **state)
{
    static const uint32_t frames[] = { HOST_FOREIGN, HOST_SHARED, HOST_REQUEST, 0, FRAMES_MAX, UINT32_MAX };

    (void)state;
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        memcpy(list(), (const uint32_t[]){ frames[i], HOST_A }, 8);
        assert_int_equal(give_back(2), 0);
    }
    memcpy(list(), (const uint32_t[]){ HOST_A, HOST_A, HOST_B }, 12); /* twice */
    assert_int_equal(give_back(3), 1);
    assert_int_equal(amount(MEMORY_CURRENT_RESERVATION), HOST_LISTED - 1);
}

/* What still refers to a frame keeps it: mapped, a table, in a GDT. It can be given only once all the same. */
static void still_in_use(void **state)
{
    (void)state;
    host_entries(HOST_A)[0] = host_place(HOST_B, 0) | PTE_PRESENT | PTE_WRITABLE;
    assert_int_equal(host_operation(MMUEXT_PIN_L1_TABLE, HOST_A, 0), 0);
    assert_int_equal(frame_get_type(HOST_C, HOST_OWNER, FRAME_SEGMENTS), 0);
    memcpy(list(), (const uint32_t[]){ HOST_A, HOST_B, HOST_C }, 12);
    assert_int_equal(give_back(3), 3);
    assert_int_equal(give_back(1), 0);
    assert_int_equal(frames_free_count(), 0);
    assert_int_equal(frame_find(HOST_A)->count, 1);
    /* It holds all that it may, for what is in use counts: else it could hoard all memory, one frame at a time. */
    frames_add(HOST_END, 1);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + LIST, 1, 0, DOMID_SELF), 0);
    list()[0] = HOST_D;
    assert_int_equal(give_back(1), 1);
    /* A's place is another's now: that must not make A look as if it were in the list. */
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + LIST, 1, 0, DOMID_SELF), 1);
    list()[0] = HOST_A;
    assert_int_equal(give_back(1), 0);
    mmu_host.cr3_loads = 0;
    assert_int_equal(host_operation(MMUEXT_UNPIN_TABLE, HOST_A, 0), 0);
    assert_int_equal(mmu_host.cr3_loads, 1);
    assert_null(frame_find(HOST_A));
    assert_null(frame_find(HOST_B));
    frame_put_type(HOST_C);
    assert_int_equal(frames_free_count(), 4); /* A, B, C, and D or the one that was added */
    if (frame_find(HOST_END) != NULL)
        *frame_find(HOST_END) = (struct frame){ 0 };
}

/* Lists that cannot be read, or not written: no frame is lost. */
static void bad_lists(void **state)
{
    (void)state;
    list()[0] = HOST_A;
    assert_int_equal(give_back(1), 1);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, HYPERVISOR_VIRT_START, 1, 0, DOMID_SELF), 0);
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, 0, 1, 0, DOMID_SELF), 0);
    host_entries(HOST_WINDOW_L1)[1] &= ~(uint64_t)PTE_WRITABLE;
    assert_int_equal(reservation(MEMORY_POPULATE_PHYSMAP, WINDOW + PAGE_SIZE + LIST, 1, 0, DOMID_SELF), 0);
    assert_int_equal(frames_free_count(), 1);
    assert_int_equal(amount(MEMORY_CURRENT_RESERVATION), HOST_LISTED - 1);
    assert_int_equal(reservation(MEMORY_DECREASE_RESERVATION, 0, 1, 0, DOMID_SELF), 0);
    assert_int_equal(host_call(HYPERCALL_MEMORY_OP, MEMORY_DECREASE_RESERVATION, 0, 0, 0), -EFAULT);
    assert_int_equal(host_call(HYPERCALL_MEMORY_OP, MEMORY_MACHPHYS_MAPPING, 0, 0, 0), -EFAULT);
}

static void asked_wrongly(void **state)
{
    (void)state;
    list()[0] = HOST_A;
    assert_int_equal(reservation(MEMORY_DECREASE_RESERVATION, WINDOW + LIST, 1, 0, fake.domain.id + 1), -EPERM);
    assert_int_equal(reservation(MEMORY_DECREASE_RESERVATION, WINDOW + LIST, 1, 0, DOMID_IO), -EPERM);
    assert_int_equal(reservation(MEMORY_DECREASE_RESERVATION, WINDOW + LIST, 1, 1, DOMID_SELF), 0);
    assert_int_equal(reservation(MEMORY_DECREASE_RESERVATION, WINDOW + LIST, 0, 0, DOMID_SELF), 0);
    assert_non_null(frame_find(HOST_A));
    for (uint32_t command = 15; command < 40; command++)
        assert_int_equal(host_call(HYPERCALL_MEMORY_OP, command, WINDOW, 0, 0), -ENOSYS);
}

/* What a guest learns of the machine: where the table is, and its last frame. */
static void machine(void **state)
{
    struct xen_machphys_mapping mapping;

    (void)state;
    assert_int_equal(host_call(HYPERCALL_MEMORY_OP, MEMORY_MAXIMUM_RAM_PAGE, 0, 0, 0), FRAMES_MAX - 1);
    assert_int_equal(host_call(HYPERCALL_MEMORY_OP, MEMORY_MACHPHYS_MAPPING, WINDOW, 0, 0), 0);
    memcpy(&mapping, host_entries(HOST_REQUEST), sizeof(mapping));
    assert_int_equal(mapping.v_start, 0xf5800000);
    assert_true(mapping.v_end >= mapping.v_start + FRAMES_MAX * 4 && mapping.v_end <= GATE_BASE);
    assert_int_equal(mapping.max_mfn, FRAMES_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(balloon, mmu_host_start),
        cmocka_unit_test_setup(increase, mmu_host_start),
        cmocka_unit_test_setup(limits, mmu_host_start),
        cmocka_unit_test_setup(not_to_give, mmu_host_start),
        cmocka_unit_test_setup(still_in_use, mmu_host_start),
        cmocka_unit_test_setup(bad_lists, mmu_host_start),
        cmocka_unit_test_setup(asked_wrongly, mmu_host_start),
        cmocka_unit_test_setup(machine, mmu_host_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
