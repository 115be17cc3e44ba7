/* sources: guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of copying to and from a guest (floor 2): each refusal by itself, then random page tables and random
 * ranges against a model that knows each address by the byte, built from the manual's words (SDM vol. 3 sections 4.4.2
 * and 4.6) and not with the shifts of paging.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "errors.h"
#include "fake_pv.h"
#include "guest_copy.h"
#include "lab1-boot/xorshift.h"

#define HOLE  HYPERVISOR_VIRT_START
#define BASE  0x40000000u /* a page, and another behind it */
#define PAGES 12u         /* of the model's window, across the border of two L2 entries */
#define ROUNDS 60
#define COPIES 50

static uint8_t buffer[PAGES * PAGE_SIZE], before[sizeof(buffer)];
static uint8_t ram_before[(FAKE_FIRST + FAKE_FRAMES) * PAGE_SIZE];

static int32_t read_some(uint32_t from, uint32_t count)
{
    memset(buffer, 0xcc, sizeof(buffer));
    return copy_from_guest(&fake.pv, buffer, from, count);
}

static int32_t write_some(uint32_t to, uint32_t count)
{
    memset(buffer, 0x5a, sizeof(buffer));
    return copy_to_guest(&fake.pv, to, buffer, count);
}

/* -EFAULT both ways, and neither side has changed. */
static void refused(uint32_t address, uint32_t count, bool also_reading)
{
    memcpy(ram_before, direct_map, sizeof(ram_before));
    assert_int_equal(write_some(address, count), -EFAULT);
    fake_assert_same(direct_map, ram_before, sizeof(ram_before), "guest memory");
    if (!also_reading)
        return;
    assert_int_equal(read_some(address, count), -EFAULT);
    memset(before, 0xcc, sizeof(before));
    fake_assert_same(buffer, before, sizeof(buffer), "our buffer");
}

static void across_pages(void **state)
{
    (void)state;
    fake_page(BASE + PAGE_SIZE, FAKE_WRITE); /* frames in the other order than pages */
    fake_page(BASE, FAKE_WRITE);
    for (unsigned i = 0; i < 2 * PAGE_SIZE; i++)
        *fake_byte(BASE + i) = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(read_some(BASE + 4000, 200), 0);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(buffer[i], (uint8_t)((4000 + i) * 7 + (4000 + i) / 256));
    assert_int_equal(buffer[200], 0xcc);
    assert_int_equal(write_some(BASE, 2 * PAGE_SIZE), 0);
    assert_int_equal(*fake_byte(BASE + 2 * PAGE_SIZE - 1), 0x5a);
}

static void nothing_is_always_there(void **state)
{
    (void)state;
    assert_int_equal(read_some(0, 0), 0);
    assert_int_equal(read_some(UINT32_MAX, 0), 0);
    assert_int_equal(write_some(HOLE, 0), 0);
}

static void not_mapped(void **state)
{
    (void)state;
    refused(BASE, 1, true); /* no L2 */
    fake_l2_entry(BASE);
    refused(BASE, 1, true);
    fake_page(BASE, FAKE_WRITE);
    fake_page(BASE + 2 * PAGE_SIZE, FAKE_WRITE);
    refused(BASE + PAGE_SIZE, 1, true);
    refused(BASE + 4095, 2, true);
    refused(BASE - 1, 2, true);
    refused(BASE, 3 * PAGE_SIZE, true); /* a hole in the middle, good ends */
    *fake_l1_entry(BASE) &= ~(uint64_t)PTE_PRESENT;
    refused(BASE, 1, true);
}

/* CR0.WP: read-only is read-only for ring 1, and both levels must say so (SDM vol. 3 section 4.6.1). */
static void read_only(void **state)
{
    (void)state;
    fake_page(BASE, FAKE_WRITE);
    fake_page(BASE + PAGE_SIZE, FAKE_READ);
    refused(BASE + PAGE_SIZE, 1, false);
    refused(BASE + 4095, 2, false);
    assert_int_equal(read_some(BASE, 2 * PAGE_SIZE), 0);
    *fake_l2_entry(BASE) &= ~(uint64_t)PTE_WRITABLE;
    refused(BASE, 1, false);
    assert_int_equal(read_some(BASE, 2 * PAGE_SIZE), 0);
}

/* One entry of each level at a time is spoilt. */
static void bad_entries(void **state)
{
    (void)state;
    fake_page(BASE, FAKE_WRITE);
    *fake_l2_entry(BASE) |= PTE_LARGE;
    refused(BASE, 1, true);
    *fake_l2_entry(BASE) &= ~(uint64_t)PTE_LARGE;
    assert_int_equal(write_some(BASE, 1), 0);
    *fake_l1_entry(BASE) |= PTE_LARGE; /* PAT there, and nothing to us */
    assert_int_equal(write_some(BASE, 1), 0);
    fake_map(BASE, FRAMES_MAX - 1, FAKE_WRITE);
    assert_int_equal(write_some(BASE, 1), 0);
    fake_map(BASE, FRAMES_MAX, FAKE_WRITE);
    refused(BASE, 1, true);
    fake_map(BASE, 0xfffff, FAKE_WRITE);
    refused(BASE, 1, true);
    *fake_l1_entry(BASE) = 1ull << 32 | FAKE_WRITE; /* above 4 GiB */
    refused(BASE, 1, true);
    fake.pv.pdpt[BASE >> 30] &= ~(uint64_t)PTE_PRESENT;
    refused(BASE, 1, true);
}

/* What is mapped from the hole on is ours, whatever rights it has. */
static void hypervisors_part(void **state)
{
    (void)state;
    fake_page(HOLE - PAGE_SIZE, FAKE_WRITE | PTE_USER);
    fake_page(HOLE, FAKE_WRITE | PTE_USER);
    fake_page(0xfffff000, FAKE_WRITE | PTE_USER);
    fake_page(0, FAKE_WRITE | PTE_USER);
    assert_int_equal(write_some(HOLE - 1, 1), 0);
    assert_int_equal(read_some(HOLE - PAGE_SIZE, PAGE_SIZE), 0);
    refused(HOLE - 1, 2, true);
    refused(HOLE, 1, true);
    refused(0xfffff000, 1, true);
    refused(UINT32_MAX, 2, true); /* around the end: 0 is mapped */
    refused(0xfffff000, 2 * PAGE_SIZE, true);
    refused(0, UINT32_MAX, true);
    refused(1, UINT32_MAX, true);
}

static void windows(void **state)
{
    (void)state;
    fake_page(BASE, FAKE_WRITE);
    fake_page(BASE + PAGE_SIZE, FAKE_READ);
    assert_ptr_equal(guest_window(&fake.pv, BASE + 4092, 4, true), fake_byte(BASE + 4092));
    assert_null(guest_window(&fake.pv, BASE + 4093, 4, false));
    assert_null(guest_window(&fake.pv, BASE + PAGE_SIZE, 4, true));
    assert_ptr_equal(guest_window(&fake.pv, BASE + PAGE_SIZE, PAGE_SIZE, false), fake_byte(BASE + PAGE_SIZE));
    assert_null(guest_window(&fake.pv, BASE + PAGE_SIZE, PAGE_SIZE + 1, false));
}

/* The model: where byte `address` lies in RAM; -1: the guest may not. All by division, from the manual's figure 4-7. */
static int64_t model_place(uint32_t address, bool write)
{
    uint64_t entry = fake.pv.pdpt[address / 0x40000000u], table;
    bool writable = true;

    if (address >= 0xf5800000u || entry % 2 == 0)
        return -1;
    for (unsigned level = 2; level >= 1; level--) {
        table = entry % (1ull << 52) / 4096 * 4096;
        memcpy(&entry, direct_map + table + address / (level == 2 ? 2097152u : 4096u) % 512 * 8, 8);
        if (entry % 2 == 0 || (level == 2 && entry / 128 % 2 == 1))
            return -1;
        writable = writable && entry / 2 % 2 == 1;
    }
    table = entry % (1ull << 52) / 4096 * 4096;
    return table >= DIRECT_SIZE || (write && !writable) ? -1 : (int64_t)table + address % 4096;
}

/* Some pages for the window at `base`: absent, read-only, of no RAM, shared, or good. */
static void random_tables(uint64_t *seed, uint32_t base)
{
    uint32_t shared = 0;

    for (uint32_t i = 0; i < PAGES; i++) {
        uint32_t address = base + i * PAGE_SIZE, kind = xorshift_next(seed) % 24;

        if (kind == 0)
            *fake_l1_entry(address) = (uint64_t)xorshift_next(seed) << 12 & ~(uint64_t)PTE_PRESENT;
        else if (kind == 1)
            fake_map(address, FRAMES_MAX + xorshift_next(seed) % 1000, FAKE_WRITE);
        else if (kind == 2 && shared != 0)
            fake_map(address, shared, FAKE_WRITE);
        else
            shared = fake_page(address, kind < 5 ? FAKE_READ : FAKE_WRITE | (xorshift_next(seed) & 0xe78));
    }
    if (xorshift_next(seed) % 4 == 0)
        *fake_l2_entry(base + PAGE_SIZE * (PAGES - 1)) ^= xorshift_next(seed) % 2 ? PTE_WRITABLE : PTE_LARGE;
}

/* One copy each way, and the same with the model: all of it, or nothing. */
static bool random_copy(uint64_t *seed, uint32_t base)
{
    bool write = xorshift_next(seed) % 2, is_there = true;
    uint32_t count = xorshift_next(seed) % (xorshift_next(seed) % 4 ? 40 : 3 * PAGE_SIZE);
    uint32_t address = base + xorshift_next(seed) % (PAGES * PAGE_SIZE) - (xorshift_next(seed) % 8 == 0 ? 64 : 0);
    int32_t result;

    for (uint32_t i = 0; i < count; i++)
        is_there = is_there && address + i >= address && model_place(address + i, write) >= 0;
    for (uint32_t i = 0; i < count; i++)
        buffer[i] = (uint8_t)xorshift_next(seed);
    memcpy(before, buffer, sizeof(buffer));
    memcpy(ram_before, direct_map, sizeof(ram_before));
    result = write ? copy_to_guest(&fake.pv, address, buffer, count)
                   : copy_from_guest(&fake.pv, buffer, address, count);
    assert_int_equal(result, is_there ? 0 : -EFAULT);
    for (uint32_t i = 0; is_there && i < count; i++)
        if (write)
            ram_before[model_place(address + i, true)] = before[i];
        else
            before[i] = direct_map[model_place(address + i, false)];
    assert_memory_equal(buffer, before, count);
    if (write)
        assert_memory_equal(direct_map, ram_before, sizeof(ram_before));
    return is_there;
}

static void agrees_with_model(void **state)
{
    static const uint32_t bases[] = { 0x001fa000, 0x3fffa000, HOLE - 6 * PAGE_SIZE, 0, 0x7fdfb000 };
    uint64_t seed = 24;
    unsigned good = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t base = bases[i % 5];

        fake_pv_start(state);
        random_tables(&seed, base);
        for (unsigned j = 0; j < COPIES; j++)
            good += random_copy(&seed, base);
    }
    assert_in_range(good, ROUNDS * COPIES / 10, ROUNDS * COPIES * 9 / 10); /* both ways are really gone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(across_pages, fake_pv_start),
        cmocka_unit_test_setup(nothing_is_always_there, fake_pv_start),
        cmocka_unit_test_setup(not_mapped, fake_pv_start),
        cmocka_unit_test_setup(read_only, fake_pv_start),
        cmocka_unit_test_setup(bad_entries, fake_pv_start),
        cmocka_unit_test_setup(hypervisors_part, fake_pv_start),
        cmocka_unit_test_setup(windows, fake_pv_start),
        cmocka_unit_test(agrees_with_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
