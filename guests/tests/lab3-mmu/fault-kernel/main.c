/* Page faults of the kernel's own come back to it with the address and the right error code: not present at each level,
   and written where only reading is allowed. */
/* expect: success */
#include "test.h"

/* A store and nothing else: of an instruction that reads and writes, the processor may try the reading first. */
OPERATION(store, "mov probe_address, %%eax; movl $0x5A5A5A5A, (%%eax)")

static void fault_check(const char *name, uint32_t address, void (*probe)(void), uint32_t error)
{
    struct trap_record record;

    probe_address = address;
    record = test_expect(name, probe, VECTOR_PAGE, error);
    test_equal(name, record.cr2, address);
    if (shared_info != NULL)
        test_equal("CR2 in shared_info", shared_info->vcpu_info[0].arch.cr2, address);
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh(), *l1 = page_fresh();
    uint32_t address = (uint32_t)page + 0x123;

    test_result("unmap", page_map((uint32_t)page, 0), 0);
    fault_check("read, L1 entry absent", address, probe_read, 0);
    fault_check("write, L1 entry absent", address, store, PAGE_ERROR_WRITE);
    fault_check("read, L2 entry absent", ADDRESS_FREE, probe_read, 0);
    test_result("empty slot", table_set(table_l3(), 1, 0), 0);
    fault_check("read, L3 entry absent", ADDRESS_FREE + 0xFFF, probe_read, 0);
    fault_check("write, L3 entry absent", ADDRESS_FREE + 0x3FFFFFFF, store, PAGE_ERROR_WRITE);
    test_result("slot", table_set(table_l3(), 1, entry_of(table_l2(1), RIGHTS_L3)), 0);
    page_map((uint32_t)page, entry_of(page, RIGHTS_READ));
    fault_check("write, read-only", address, store, PAGE_ERROR_PRESENT | PAGE_ERROR_WRITE);
    l1[0] = entry_of(page, RIGHTS_ALL);
    page_open(page);
    page_close(l1);
    test_result("read-only in the L2", table_set(table_l2(1), 0, entry_of(l1, RIGHTS_READ)), 0);
    fault_check("write, read-only in the L2", ADDRESS_FREE, store, PAGE_ERROR_PRESENT | PAGE_ERROR_WRITE);
    test_check(!address_is_closed(ADDRESS_FREE, probe_read), "read, read-only in the L2");
    window_close();
    fault_check("write to a table", (uint32_t)table_l3(), store, PAGE_ERROR_PRESENT | PAGE_ERROR_WRITE);
    test_success();
}
