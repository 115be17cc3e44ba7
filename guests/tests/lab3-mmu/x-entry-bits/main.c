/* Attack: each of the 64 bits, alone beside a good entry, in tables of all levels, set by updates and found at
   validation. What is let through must mean something, and that harmless: large pages, cache bits, reserved and high
   bits, no-execute do not. */
/* expect: success */
#include "test.h"

#define FREE    0xE00ull
#define COMMON  (PAGE_PRESENT | PAGE_WRITE | PAGE_USER | PAGE_ACCESSED | PAGE_DIRTY | FREE)
#define PWT_PCD 0x18ull

/* Whether the two ways to bring an entry in agree, and with the rules; `maybe` is left to the hypervisor. */
static void bits_check(const char *name, unsigned level, uint64_t *pinned, uint64_t *fresh, uint64_t good,
                       uint64_t accepted, uint64_t maybe)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t value = good | 1ull << bit;
        bool is_address = bit >= 12 && bit < 27, must = accepted >> bit & 1;

        if (is_address || (maybe >> bit & 1))
            continue;
        bool by_update = table_set(pinned, 1, value) == 0;

        page_open(fresh);
        fresh[1] = value;
        page_close(fresh);
        bool by_pin = table_pin(level, fresh) == 0;

        if (by_pin)
            test_result(name, table_unpin(fresh), 0);
        if (by_update != must || by_pin != must) {
            print("%s, bit %u: by update %u, by pin %u\n", name, bit, by_update, by_pin);
            test_failure(name);
        }
        test_result(name, table_set(pinned, 1, 0), 0);
    }
}

void test_run(void)
{
    tables_demand();
    uint64_t *pinned[4], *fresh[4], *page = page_fresh(), *l1 = page_fresh(), *l2 = page_fresh();

    page_close(l1);
    page_close(l2);
    for (unsigned level = 1; level <= 3; level++) {
        pinned[level] = level == 3 ? space_make(NULL) : page_fresh();
        fresh[level] = level == 3 ? space_make(NULL) : page_fresh();
        page_close(pinned[level]);
        test_result("pin", table_pin(level, pinned[level]), 0);
    }
    bits_check("L1", 1, pinned[1], fresh[1], entry_of(page, PAGE_PRESENT), COMMON, 0x100);
    bits_check("L2", 2, pinned[2], fresh[2], entry_of(l1, PAGE_PRESENT), COMMON, 0x100);
    bits_check("L3", 3, pinned[3], fresh[3], entry_of(l2, PAGE_PRESENT), COMMON, PWT_PCD | 0x100);
    test_success();
}
