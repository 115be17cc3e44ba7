/* update_va_mapping with every kind of flush: the entry is the one asked for, and what is read is what is mapped. One
   processor, so all flags that say whose TLB mean the same (abi.md 3.5). */
/* expect: success */
#include "test.h"

static uint32_t mask[2] = { 1, 0 };     /* a bitmap of vcpus: only the first */

/* The page is seen through another's address, at once. */
static void mapping_check(const char *name, uint32_t flags, uint64_t *window, const uint64_t *page)
{
    uint64_t entry = entry_of(page, RIGHTS_ALL);

    test_result(name, hypercall_update_va_mapping((uint32_t)window, entry, flags), 0);
    test_equal(name, (uint32_t)page_entry((uint32_t)window), (uint32_t)entry);
    test_equal(name, (uint32_t)*(volatile uint64_t *)window, (uint32_t)*page);
}

void test_run(void)
{
    static const struct {
        const char *name;
        uint32_t flags;
    } kinds[] = {
        { "flush, local", UVMF_TLB_FLUSH | UVMF_LOCAL }, { "flush, all", UVMF_TLB_FLUSH | UVMF_ALL },
        { "invlpg, local", UVMF_INVLPG | UVMF_LOCAL },   { "invlpg, all", UVMF_INVLPG | UVMF_ALL },
        { "flush, set", UVMF_TLB_FLUSH },                { "invlpg, set", UVMF_INVLPG },
    };

    tables_demand();
    uint64_t *window = page_fresh(), *pages[2] = { page_fresh(), page_fresh() };

    *pages[0] = 0x11111111;
    *pages[1] = 0x22222222;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        uint32_t set = i >= 4 ? (uint32_t)mask : 0;

        mapping_check(kinds[i].name, kinds[i].flags | set, window, pages[0]);
        mapping_check(kinds[i].name, kinds[i].flags | set, window, pages[1]);
    }
    /* No flush at all: the entry is there, and the page is seen at the latest after one is asked for. */
    test_result("none", hypercall_update_va_mapping((uint32_t)window, entry_of(pages[0], RIGHTS_ALL), UVMF_NONE), 0);
    test_result("flush", table_op(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    test_equal("none", (uint32_t)*(volatile uint64_t *)window, 0x11111111);
    test_success();
}
