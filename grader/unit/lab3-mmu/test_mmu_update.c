/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of mmu_update (floor 3): batches and how many were done, what each command does, what is refused. Which
 * entry may stand in which table is test_pagetable.c's, what sequences of them come to test_frame_model.c's.
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

#define DONE  (WINDOW + 4080) /* where the count of done requests goes: the list's page, behind the list */
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

static struct mmu_update *requests(void)
{
    return (struct mmu_update *)host_entries(HOST_REQUEST);
}

static uint32_t *done(void)
{
    return (uint32_t *)host_entries(HOST_REQUEST) + (DONE - WINDOW) / 4;
}

static int32_t batch(uint32_t count, uint32_t done_at)
{
    return host_call(HYPERCALL_MMU_UPDATE, WINDOW, count, done_at, DOMID_SELF);
}

static void nothing_asked(void **state)
{
    (void)state;
    *done() = 77;
    assert_int_equal(batch(0, DONE), 0);
    assert_int_equal(*done(), 0);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, 0, 0, 0, DOMID_SELF), 0);
}

static void batch_is_done_in_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++)
        requests()[i] = (struct mmu_update){ host_place(HOST_A, i % 100), entry(HOST_C, i < 100 ? WRITE : READ) };
    assert_int_equal(batch(200, DONE), 0);
    assert_int_equal(*done(), 200);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(host_entries(HOST_A)[i], entry(HOST_C, READ));
    assert_int_equal(frame_find(HOST_C)->count, 1 + 100);
    assert_int_equal(frame_find(HOST_C)->type, FRAME_NONE);
    assert_int_equal(mmu_host.cr3_loads, 1); /* once for all of them */
}

/* At the first error it ends; what was before it stands. With or without anybody to tell. */
static void batch_stops(void **state)
{
    for (unsigned tell = 0; tell < 2; tell++) {
        start(state);
        for (unsigned i = 0; i < 10; i++)
            requests()[i] = (struct mmu_update){ host_place(HOST_A, i), entry(i == 6 ? HOST_FOREIGN : HOST_C, READ) };
        assert_int_equal(batch(10, tell ? DONE : 0), -EINVAL);
        assert_int_equal(*done(), tell ? 6 : 0);
        assert_int_equal(frame_find(HOST_C)->count, 1 + 6);
        assert_int_equal(host_entries(HOST_A)[5], entry(HOST_C, READ));
        assert_int_equal(host_entries(HOST_A)[6] | host_entries(HOST_A)[7], 0);
    }
}

/* A request may lie in two pages (here the same frame twice), and the list may end where nothing is mapped. */
static void list_over_pages(void **state)
{
    const struct mmu_update first = { host_place(HOST_A, 1), entry(HOST_C, READ) };
    uint8_t *page = (uint8_t *)requests();

    (void)state;
    memcpy(page + 4088, &first, 8);
    memcpy(page, (const uint8_t *)&first + 8, 8);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW + 4088, 1, 0, DOMID_SELF), 0);
    assert_int_equal(host_entries(HOST_A)[1], first.val);
    memcpy(page + 4096 - 16, &first, 16);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW + 2 * PAGE_SIZE - 16, 2, WINDOW, DOMID_SELF), -EFAULT);
    assert_int_equal(*(uint32_t *)page, 1);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, HYPERVISOR_VIRT_START, 1, 0, DOMID_SELF), -EFAULT);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, 0xfffffff8, 1, 0, DOMID_SELF), -EFAULT);
}

/*
 * What is too long for one call is made again with the rest, by a count that says so (bit 31), and `done` counts on. No
 * call works on more than a table's worth of requests, whatever the count is.
 */
static void long_batches(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 255; i++) /* read twice, for both pages of the window are this one */
        requests()[i] = (struct mmu_update){ host_place(HOST_A, i), entry(HOST_C, READ) };
    requests()[255] = requests()[0];
    requests()[255].ptr = host_place(HOST_A, 0);
    assert_int_equal(batch(600, 0), HYPERCALL_MMU_UPDATE);
    assert_int_equal(mmu_host.agains, 1);
    assert_int_equal(mmu_host.again[0], HYPERCALL_MMU_UPDATE);
    assert_int_equal(mmu_host.again[1], WINDOW + 512 * sizeof(struct mmu_update));
    assert_int_equal(mmu_host.again[2], 0x80000000 | (600 - 512));
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 0x80000000 | 88, 0, DOMID_SELF), 0);
    assert_int_equal(batch(0x7fffffff, 0), HYPERCALL_MMU_UPDATE);
    assert_int_equal(mmu_host.again[2], 0x80000000 | (0x7fffffff - 512));
}

static void done_counts_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        requests()[i] = (struct mmu_update){ host_place(HOST_A, i), entry(i == 5 ? HOST_FOREIGN : HOST_C, READ) };
    *done() = 512;
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 0x80000000 | 3, DONE, DOMID_SELF), 0);
    assert_int_equal(*done(), 515);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 0x80000000 | 8, DONE, DOMID_SELF), -EINVAL);
    assert_int_equal(*done(), 520);
    assert_int_equal(batch(8, DONE), -EINVAL); /* afresh */
    assert_int_equal(*done(), 5);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 2, 0, DOMID_SELF), 0);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 2, HYPERVISOR_VIRT_START, DOMID_SELF), -EFAULT);
}

static void commands(void **state)
{
    (void)state;
    host_entries(HOST_A)[3] = 0;
    assert_int_equal(host_update(host_place(HOST_A, 3) | 4, entry(HOST_C, READ | 0x60)), 0); /* bit 2 is no command */
    assert_int_equal(host_entries(HOST_A)[3], entry(HOST_C, READ | 0x60));
    assert_int_equal(host_update(host_place(HOST_A, 3) | MMU_PT_UPDATE_PRESERVE_AD, entry(HOST_C, WRITE)), 0);
    assert_int_equal(host_entries(HOST_A)[3], entry(HOST_C, WRITE | 0x60));
    assert_int_equal(host_update(host_place(HOST_A, 3), entry(HOST_C, WRITE)), 0);
    assert_int_equal(host_entries(HOST_A)[3], entry(HOST_C, WRITE));
    assert_int_equal(host_update(host_place(HOST_A, 3) | MMU_PT_UPDATE_NO_TRANSLATE, 0), -ENOSYS);
    assert_int_equal(host_update(host_place(HOST_C, 0) | MMU_MACHPHYS_UPDATE, 1234), 0);
    assert_int_equal(m2p_get(HOST_C), 1234);
    assert_int_equal(host_update(host_place(HOST_FOREIGN, 0) | MMU_MACHPHYS_UPDATE, 1), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_SHARED, 0) | MMU_MACHPHYS_UPDATE, 1), -EINVAL);
}

/* Numbers that are no frame, or not the domain's; addresses above 4 GiB that would be one if their top were cut off. */
static void places_refused(void **state)
{
    static const uint32_t frames[] = { 0, HOST_FOREIGN, HOST_SHARED, HOST_REQUEST, FRAMES_MAX, 0xfffff };

    (void)state;
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        assert_int_equal(host_update(host_place(frames[i], 0), 0), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_A, 0) | 1ull << 32, 0), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_A, 0) | 1ull << 63, 0), -EINVAL);
    assert_int_equal(host_update(host_place(HOST_A, 0) | 1ull << 40 | MMU_MACHPHYS_UPDATE, 5), -EINVAL);
}

static void whose_memory(void **state)
{
    (void)state;
    requests()[0] = (struct mmu_update){ host_place(HOST_A, 0), entry(HOST_C, READ) };
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 1, 0, fake.domain.id), 0);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 1, DONE, fake.domain.id + 1), -EPERM);
    assert_int_equal(host_call(HYPERCALL_MMU_UPDATE, WINDOW, 1, 0, DOMID_IO), -EPERM);
    assert_int_equal(*done(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_asked, start),
        cmocka_unit_test_setup(batch_is_done_in_order, start),
        cmocka_unit_test(batch_stops),
        cmocka_unit_test_setup(list_over_pages, start),
        cmocka_unit_test_setup(long_batches, start),
        cmocka_unit_test_setup(done_counts_on, start),
        cmocka_unit_test_setup(commands, start),
        cmocka_unit_test_setup(places_refused, start),
        cmocka_unit_test_setup(whose_memory, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
