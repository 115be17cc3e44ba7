/* sources: descriptor.c segments.c pv_memory.c m2p.c guest_copy.c */
/* sources: fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the guest's GDT and LDT (floor 2): a bad descriptor on any page refuses all and leaks nothing, copies
 * follow update_descriptor and nothing else does, and page tables are not descriptor tables. The file under test is
 * part of this one, because it clears FS and GS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_cpu.h"

#include "descriptor_tables.c"

#include "decode.h"
#include "fake_pv.h"
#include "m2p.h"

#define LIST   0x40000000u
#define TABLES 20u /* pages of the guest's memory that tests use */
#define GOOD   0x00cfbb000000ffffull /* code, DPL 1, 4 GiB: it is cut */
#define BAD    0x00008f0000000000ull /* a trap gate */

static int start(void **state)
{
    fake_pv_start(state);
    m2p_init();
    fake.owner->frames = NULL;
    assert_true(pv_memory_allocate(fake.owner, 40));
    fake.owner->table_first = 30;
    fake.owner->table_count = 5;
    fake_page(LIST, FAKE_WRITE);
    return 0;
}

static uint64_t *page(uint32_t pfn)
{
    return pv_page(fake.owner, pfn);
}

static void list_put(unsigned index, uint32_t mfn)
{
    fake_put_word(LIST + index * 4, mfn);
}

/* A list of `count` pages of the guest's, the last first. */
static void list_make(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        list_put(i, fake.owner->frames[count - 1 - i].number);
}

static int32_t gdt(uint32_t entries)
{
    return fake_call(HYPERCALL_SET_GDT, LIST, entries, 0, 0);
}

static int32_t update(uint32_t mfn, unsigned index, uint64_t descriptor)
{
    return fake_call(HYPERCALL_UPDATE_DESCRIPTOR, mfn << 12 | index * 8, 0, (uint32_t)descriptor,
                     (uint32_t)(descriptor >> 32));
}

static void one_page(void **state)
{
    (void)state;
    page(0)[3] = GOOD;
    list_make(1);
    assert_int_equal(gdt(4), 0);
    assert_int_equal(fake.pv.gdt.count, 1);
    assert_int_equal(fake.pv.gdt.source[0].number, fake.owner->frames[0].number);
    assert_false(pv_owns(fake.owner, fake.pv.gdt.copy[0].number));
    assert_true(fake.reloads > 0 && fake_cpu.fs_gs_clears > 0);
    struct segment found;
    assert_true(segment_find(&fake.pv, 3 * 8 | 1, &found));
    assert_int_equal(found.limit, 0xf6800000 - 1);
    page(0)[3] = BAD; /* the guest's own page: to no effect */
    assert_true(segment_find(&fake.pv, 3 * 8 | 1, &found));
    assert_int_equal(found.limit, 0xf6800000 - 1);
    assert_false(segment_find(&fake.pv, 4 * 8 | 1, &found));
    assert_false(segment_find(&fake.pv, 512 * 8 | 1, &found));
}

/* Xen 1.0 looked at the first page once for each: here every place of every page counts. */
static void bad_on_any_page(void **state)
{
    static const unsigned places[] = { 0, 1, 255, 511 };
    uint32_t free;

    (void)state;
    list_make(3);
    assert_int_equal(gdt(1025), 0);
    free = frames_free_count();
    struct pv_table before = fake.pv.gdt;
    list_make(14);
    for (unsigned pfn = 0; pfn < 14; pfn++)
        for (unsigned i = 0; i < 4; i++) {
            page(pfn)[places[i]] = BAD;
            assert_int_equal(gdt(7168), -EINVAL);
            assert_int_equal(frames_free_count(), free);
            assert_memory_equal(&fake.pv.gdt, &before, sizeof(before));
            page(pfn)[places[i]] = 0;
        }
    assert_int_equal(gdt(7168), 0);
    assert_int_equal(frames_free_count(), free - 11);
    assert_int_equal(gdt(0), 0);
    assert_int_equal(frames_free_count(), free + 3);
    assert_int_equal(fake.pv.gdt.count, 0);
}

/* Not only as many descriptors as the guest says: the CPU's limit is that of the whole window. */
static void behind_the_last_entry(void **state)
{
    (void)state;
    page(0)[511] = BAD;
    list_make(1);
    assert_int_equal(gdt(1), -EINVAL);
}

static void not_the_guests(void **state)
{
    uint32_t free = frames_free_count();

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        static const uint32_t strangers[] = { 0, UINT32_MAX, FRAMES_MAX };

        list_make(4);
        list_put(i + 1, strangers[i]);
        assert_int_equal(gdt(2048), -EINVAL);
        list_put(i + 1, pointer_mfn(fake.owner->frames).number);
        assert_int_equal(gdt(2048), -EINVAL);
    }
    assert_int_equal(gdt(7169), -EINVAL);
    assert_int_equal(gdt(UINT32_MAX), -EINVAL);
    assert_int_equal(fake_call(HYPERCALL_SET_GDT, LIST + PAGE_SIZE - 4, 1024, 0, 0), -EFAULT);
    assert_int_equal(frames_free_count(), free);
    assert_int_equal(fake.pv.gdt.count, 0);
}

/* With every number of free frames below what is needed: -ENOMEM, the old table stays, nothing is lost. */
static void memory_runs_out(void **state)
{
    for (unsigned free = 0; free <= 14; free++) {
        start(state);
        list_make(14);
        while (frames_free_count() > free)
            frame_alloc();
        assert_int_equal(gdt(7168), free < 14 ? -ENOMEM : 0);
        assert_int_equal(frames_free_count(), free < 14 ? free : 0);
        assert_int_equal(fake.pv.gdt.count, free < 14 ? 0 : 14);
    }
}

static void updating(void **state)
{
    uint32_t mfn = fake.owner->frames[0].number;
    struct segment found;

    (void)state;
    list_make(2); /* pfn 1, then pfn 0 */
    assert_int_equal(gdt(600), 0);
    fake_map(0x50000000, mfn, FAKE_READ);
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 100), 0);
    assert_int_equal(update(mfn, 5, GOOD), 0);
    assert_true(page(0)[5] != 0);
    assert_true(segment_find(&fake.pv, (512 + 5) * 8 | 1, &found));
    assert_true(segment_find(&fake.pv, 5 * 8 | 4 | 1, &found));
    assert_false(segment_find(&fake.pv, 5 * 8 | 1, &found)); /* that is pfn 1 */
    assert_int_equal(update(fake.owner->frames[7].number, 1, GOOD), 0); /* in no table: just memory */
    assert_int_equal(update(mfn, 5, 0), 0);
    assert_false(segment_find(&fake.pv, (512 + 5) * 8 | 1, &found));
    assert_false(segment_find(&fake.pv, 5 * 8 | 4 | 1, &found));
}

static void updates_refused(void **state)
{
    static uint8_t ram[(FAKE_FIRST + FAKE_FRAMES) * PAGE_SIZE];
    uint32_t mfn = fake.owner->frames[0].number;

    (void)state;
    list_make(1);
    assert_int_equal(gdt(512), 0);
    memcpy(ram, direct_map, sizeof(ram));
    for (uint32_t pfn = 30; pfn < 35; pfn++) /* its page tables: an absent descriptor would be any entry at all */
        assert_int_equal(update(fake.owner->frames[pfn].number, 0, 0x7fffffff00000000), -EINVAL);
    assert_int_equal(update(mfn, 1, BAD), -EINVAL);
    assert_int_equal(update(fake.pv.gdt.copy[0].number, 1, 0), -EINVAL);
    assert_int_equal(update(pointer_mfn(fake.owner->frames).number, 1, 0), -EINVAL);
    assert_int_equal(update(0xfffff, 511, 0), -EINVAL);
    for (unsigned i = 1; i < 8; i++)
        assert_int_equal(fake_call(HYPERCALL_UPDATE_DESCRIPTOR, mfn << 12 | i, 0, 1, 0), -EINVAL);
    assert_int_equal(fake_call(HYPERCALL_UPDATE_DESCRIPTOR, mfn << 12, 1, 1, 0), -EINVAL); /* above 4 GiB */
    assert_memory_equal(direct_map, ram, sizeof(ram));
}

static void local_tables(void **state)
{
    uint32_t free = frames_free_count();
    struct segment found;

    (void)state;
    for (unsigned i = 0; i < 16; i++)
        fake_map(0x50000000 + i * PAGE_SIZE, fake.owner->frames[i].number, FAKE_READ);
    free = frames_free_count();
    page(0)[0] = page(1)[87] = GOOD;
    page(1)[88] = BAD; /* behind the end: an LDT has a limit of its own */
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 600), 0);
    assert_int_equal(fake.pv.ldt_entries, 600);
    assert_int_equal(frames_free_count(), free - 2);
    assert_true(segment_find(&fake.pv, 4 | 1, &found));
    assert_true(segment_find(&fake.pv, 599 * 8 | 4 | 1, &found));
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 601), -EINVAL);
    assert_int_equal(ldt_load(&fake.pv, 0x50000008, 1), -EINVAL);
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 8193), -EINVAL);
    assert_int_equal(ldt_load(&fake.pv, 0x5000f000, 513), -EINVAL); /* the second page is not mapped */
    assert_int_equal(ldt_load(&fake.pv, HYPERVISOR_VIRT_START, 1), -EINVAL);
    assert_int_equal(ldt_load(&fake.pv, 0xfffff000, 513), -EINVAL);
    assert_int_equal(fake.pv.ldt_entries, 600);
    page(1)[88] = 0;
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 8192), 0);
    assert_int_equal(frames_free_count(), free - 16);
    assert_int_equal(ldt_load(&fake.pv, 0, 0), 0);
    assert_int_equal(frames_free_count(), free);
}

/* What the CPU gets to see: the copies, null where there is no page, and of the LDT no more than there is. */
static void windows(void **state)
{
    (void)state;
    fake_map(0x50000000, fake.owner->frames[2].number, FAKE_READ);
    list_make(2);
    assert_int_equal(gdt(1024), 0);
    assert_int_equal(ldt_load(&fake.pv, 0x50000000, 3), 0);
    for (unsigned i = 0; i < 16; i++)
        fake.ldt_window[i] = (mfn_t){ 77 }; /* somebody's before */
    descriptor_tables_map(&fake.pv);
    for (unsigned i = 0; i < 14; i++)
        assert_int_equal(fake.gdt_window[i].number,
                         i < 2 ? fake.pv.gdt.copy[i].number : pointer_mfn(empty_page).number);
    assert_int_equal(fake.ldt_window[0].number, fake.pv.ldt.copy[0].number);
    for (unsigned i = 1; i < 16; i++)
        assert_true(mfn_is_none(fake.ldt_window[i]));
    assert_int_equal(fake.ldt, 0xe048);
    assert_true(fake.descriptors[9] == (0x0000820000000000ull | (uint64_t)GATE_LDT << 32 >> 56 << 56 |
                                        (uint64_t)(GATE_LDT & 0xffffff) << 16 | (3 * 8 - 1)));
    assert_true(fake.descriptors[3] != 0 && fake.descriptors[6] != 0);
    descriptor_tables_unmap();
    for (unsigned i = 0; i < 14; i++)
        assert_true(mfn_is_none(fake.gdt_window[i]) && mfn_is_none(fake.ldt_window[i]));
    assert_int_equal(fake.ldt, 0);
    for (unsigned i = 3; i <= 6; i++) /* a bare guest has no ring-1 segments */
        assert_true(fake.descriptors[i] == 0);
    descriptor_tables_free(&fake.pv);
    assert_int_equal(fake.pv.gdt.count | fake.pv.ldt.count, 0);
}

/* Linear addresses through a segment with a base; the flat ones need no table. */
static void addresses(void **state)
{
    uint32_t linear;

    (void)state;
    page(0)[1] = 0x0040b20120000fffull; /* data, DPL 1, base 0x12000, 4 KiB */
    page(0)[2] = 0x0000ba0120000fffull; /* 16-bit code */
    page(0)[3] = 0x0040b00120000fffull; /* data that cannot be written */
    list_make(1);
    assert_int_equal(gdt(4), 0);
    assert_true(stack_linear(&fake.pv, 1 * 8 | 1, 0x10, &linear));
    assert_int_equal(linear, 0x12010);
    assert_false(stack_linear(&fake.pv, 2 * 8 | 1, 0, &linear));
    assert_false(stack_linear(&fake.pv, 3 * 8 | 1, 0, &linear));
    assert_false(stack_linear(&fake.pv, 0, 0, &linear));
    assert_true(code_linear(&fake.pv, 2 * 8 | 1, 0x20, &linear));
    assert_int_equal(linear, 0x12020);
    assert_false(code_linear(&fake.pv, 1 * 8 | 1, 0, &linear));
    assert_int_equal(code_size(&fake.pv, 2 * 8 | 1), 2);
    assert_int_equal(code_size(&fake.pv, SELECTOR_RING3_CODE), 4);
    for (uint32_t rpl = 0; rpl < 4; rpl++) {
        assert_true(stack_linear(&fake.pv, 0xe020 | rpl, 5, &linear));
        assert_true(stack_linear(&fake.pv, 0xe030 | rpl, 5, &linear));
        assert_false(stack_linear(&fake.pv, 0xe010 | rpl, 5, &linear)); /* the hypervisor's */
        assert_false(code_linear(&fake.pv, 0xe008 | rpl, 5, &linear));
    }
    fake.frame.es = 1 * 8 | 1;
    fake.frame.gs = 0;
    assert_true(data_base(&fake.pv, SEG_ES, &linear));
    assert_int_equal(linear, 0x12000);
    assert_true(data_base(&fake.pv, SEG_DS, &linear));
    assert_int_equal(linear, 0);
    assert_false(data_base(&fake.pv, SEG_GS, &linear));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_page, start),
        cmocka_unit_test_setup(bad_on_any_page, start),
        cmocka_unit_test_setup(behind_the_last_entry, start),
        cmocka_unit_test_setup(not_the_guests, start),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test_setup(updating, start),
        cmocka_unit_test_setup(updates_refused, start),
        cmocka_unit_test_setup(local_tables, start),
        cmocka_unit_test_setup(windows, start),
        cmocka_unit_test_setup(addresses, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
