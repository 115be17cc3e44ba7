/* Entries of an L1 with every combination of bits that a guest may set: accepted, and read back as written, but for the
   global bit, which a hypervisor may drop (abi.md 3.8), and what the processor sets. */
/* expect: success */
#include "test.h"

#define GLOBAL  0x100u
#define FREE    0xE00u      /* the guest's own use */
#define HARDWARE (PAGE_ACCESSED | PAGE_DIRTY)

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh();
    uint32_t address = (uint32_t)page;

    for (uint32_t bits = 0; bits < PAGE_SIZE; bits++) {
        uint32_t allowed = RIGHTS_ALL | GLOBAL | FREE;

        if ((bits & ~allowed) || !(bits & PAGE_PRESENT))
            continue;
        test_result("an entry", page_map(address, entry_of(page, bits)), 0);
        test_equal("bits", (uint32_t)page_entry(address) & ~(GLOBAL | HARDWARE), (uint32_t)entry_of(page, bits) &
                   ~(GLOBAL | HARDWARE));
        test_check(address_is_closed(address, probe_write) == !(bits & PAGE_WRITE), "right to write");
        test_check(!address_is_closed(address, probe_read), "present");
    }
    page_open(page);
    test_success();
}
