/* sources: pv_layout.c */
/*
 * Unit tests of a new guest's layout (floor 2): the three that were seen on a real Xen with 128 MiB (abi.md 1.2),
 * number by number, then random kernels, for which the rules of that page must hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi_hypercall.h"
#include "lab1-boot/xorshift.h"
#include "pv_layout.h"

#define PAGE   4096ull
#define MIB    (1ull << 20)
#define ROUNDS 100000

/* The kernel's end and what follows it, as addresses; virt_base is 0 in all of them. */
static const struct observed {
    const char *name;
    uint32_t kernel_end, list, start_info, store, console, tables, table_count, stack, map_end;
} observed[] = {
    { "XTF example", 0x110000, 0x110000, 0x130000, 0x131000, 0x132000, 0x133000, 7, 0x13a000, 0x400000 },
    { "GRUB", 0x5810c4, 0x582000, 0x5a2000, 0x5a3000, 0x5a4000, 0x5a5000, 9, 0x5ae000, 0x800000 },
    { "Mini-OS", 0x4b828, 0x4c000, 0x6c000, 0x6d000, 0x6e000, 0x6f000, 7, 0x76000, 0x400000 },
};

static void as_observed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const struct observed *seen = &observed[i];
        struct pv_image image = { .kernel_end = seen->kernel_end };
        struct pv_layout layout;

        assert_null(pv_layout_make(&image, 128 * MIB / PAGE, 0, &layout));
        assert_int_equal(layout.list * PAGE, seen->list);
        assert_int_equal(layout.start_info * PAGE, seen->start_info);
        assert_int_equal(layout.store * PAGE, seen->store);
        assert_int_equal(layout.console * PAGE, seen->console);
        assert_int_equal(layout.tables * PAGE, seen->tables);
        assert_int_equal(layout.table_count, seen->table_count);
        assert_int_equal(layout.stack * PAGE, seen->stack);
        assert_int_equal(layout.map_start, 0);
        assert_int_equal(layout.map_end, seen->map_end);
    }
}

/* `count` pages from `first` begin where the one before has ended. */
static uint64_t next(uint64_t end, uint32_t first, uint64_t count)
{
    assert_int_equal(first, end);
    return end + count;
}

static uint64_t pages(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE;
}

/* Everything stands in its order without gaps; the window is as the page says, and no larger than it must be. */
static void rules_hold(const struct pv_image *image, uint32_t count, uint32_t ramdisk, const struct pv_layout *layout)
{
    uint64_t end = pages((uint64_t)image->kernel_end - image->virt_base), l1s, mapped;

    end = next(end, layout->module, pages(ramdisk));
    end = next(end, layout->list, pages(count * 4ull));
    end = next(end, layout->start_info, 1);
    end = next(end, layout->store, 1);
    end = next(end, layout->console, 1);
    end = next(end, layout->tables, layout->table_count);
    end = next(end, layout->stack, 1);
    assert_true(end <= count && layout->pages == count && layout->module_size == ramdisk);
    assert_true(layout->table_count > PV_TABLES_ABOVE_L1);
    l1s = layout->table_count - PV_TABLES_ABOVE_L1;
    mapped = (uint64_t)layout->map_end - image->virt_base;
    assert_true(layout->map_start <= image->virt_base && layout->map_start % (2 * MIB) == 0);
    assert_true(layout->map_end % (4 * MIB) == 0 && layout->map_end <= HYPERVISOR_VIRT_START);
    assert_true(mapped >= end * PAGE + MIB / 2); /* slack behind the stack */
    assert_true((uint64_t)layout->map_end - layout->map_start == l1s * 2 * MIB);
    assert_true(mapped < end * PAGE + MIB / 2 + 4 * MIB); /* and no more than the rounding adds */
}

static uint32_t random_size(uint64_t *seed)
{
    return xorshift_next(seed) >> xorshift_next(seed) % 31;
}

static void random_kernels(void **state)
{
    unsigned good = 0, bad = 0;
    uint64_t seed = 26;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t base = xorshift_next(&seed) % 3 ? 0 : (xorshift_next(&seed) % (HYPERVISOR_VIRT_START / 4096)) * 4096;
        uint32_t room = HYPERVISOR_VIRT_START - base;
        struct pv_image image = { .virt_base = base, .kernel_end = base + 1 + random_size(&seed) % room };
        uint32_t count = 1 + xorshift_next(&seed) % 32768, ramdisk = xorshift_next(&seed) % 2 ? 0 : random_size(&seed);
        struct pv_layout layout;
        const char *reason = pv_layout_make(&image, count, ramdisk, &layout);

        if (reason == NULL)
            rules_hold(&image, count, ramdisk, &layout);
        else
            assert_true(strstr(reason, "mem=") != NULL || strstr(reason, "room") != NULL);
        good += reason == NULL;
        bad += reason != NULL;
    }
    assert_true(good > ROUNDS / 10 && bad > ROUNDS / 10);
}

/* The smallest memory that does: one page less is refused, with the remedy. */
static void just_enough(void **state)
{
    struct pv_image image = { .kernel_end = 0x110000 };
    struct pv_layout layout;
    uint32_t count = 1;

    (void)state;
    while (pv_layout_make(&image, count, 0, &layout) != NULL)
        count++;
    assert_int_equal(layout.stack, count - 1);
    assert_non_null(strstr(pv_layout_make(&image, count - 1, 0, &layout), "mem="));
}

/* Close below the hypervisor's part there is room for a kernel, but not for its page tables. */
static void below_the_hole(void **state)
{
    struct pv_image image = { .virt_base = HYPERVISOR_VIRT_START - 4 * MIB };
    struct pv_layout layout;

    (void)state;
    image.kernel_end = image.virt_base + MIB;
    assert_null(pv_layout_make(&image, 2048, 0, &layout));
    assert_int_equal(layout.map_end, HYPERVISOR_VIRT_START);
    image.kernel_end = image.virt_base + 4 * MIB - MIB / 2;
    assert_non_null(strstr(pv_layout_make(&image, 2048, 0, &layout), "below the hypervisor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_observed),
        cmocka_unit_test(random_kernels),
        cmocka_unit_test(just_enough),
        cmocka_unit_test(below_the_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
