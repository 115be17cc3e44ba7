/* Where update_va_mapping has nothing to write to: no L1, the hypervisor's part, the last page of all. */
/* expect: success */
#include "test.h"

void test_run(void)
{
    static const struct {
        const char *name;
        uint32_t address;
    } places[] = {
        { "no L1", ADDRESS_FREE },                   { "no L1, slot 2", 0x80000000 },
        { "the page below the M2P", HYPERVISOR_VIRT_START - PAGE_SIZE },
        { "M2P", HYPERVISOR_VIRT_START },            { "M2P's end", 0xF67FF000 },
        { "gate area", ADDRESS_GATE },               { "GDT", 0xF6810000 },
        { "direct map", 0xF8000000 },                { "image", ADDRESS_HOLE },
        { "last page", 0xFFFFF000 },                 { "last byte", 0xFFFFFFFF },
    };

    tables_demand();
    uint64_t *page = page_fresh();

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        test_result(places[i].name, page_map(places[i].address, entry_of(page, RIGHTS_ALL)), -EINVAL);
        test_result(places[i].name, page_map(places[i].address, entry_of(page, RIGHTS_READ)), -EINVAL);
        test_result(places[i].name, page_map(places[i].address, 0), -EINVAL);
    }
    test_result("in the middle of a page", page_map((uint32_t)page + 0x123, entry_of(page, RIGHTS_READ)), 0);
    test_check(address_is_closed((uint32_t)page, probe_write), "read-only page written");
    page_open(page);
    test_success();
}
