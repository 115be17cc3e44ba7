/* Attack: a writable mapping of one's own L1, L2, L3 and L2 of slot 3, live and pinned ones, by every way that an entry
   can come into a table. One that is let through is the machine. */
/* expect: success */
#include "test.h"

static uint64_t *page, *l1, *prepared;

static void refused(const char *route, int32_t result)
{
    if (result >= 0)
        test_failure(route);
}

/* Raising the rights of a mapping that may be: it is the frame and not the place that counts. */
static void by_calls(const uint64_t *table)
{
    struct mmu_update keep = { machine_address(&l1[1]) | MMU_PT_UPDATE_PRESERVE_AD, entry_of(table, RIGHTS_ALL) };
    uint64_t entry = entry_of(table, RIGHTS_ALL);
    struct multicall_entry call = { HYPERCALL_UPDATE_VA_MAPPING, 0,
                                    { (uint32_t)page, (uint32_t)entry, (uint32_t)(entry >> 32), UVMF_NONE } };

    refused("update_va_mapping, its own place", page_try_write(table));
    refused("update_va_mapping, another place", page_map((uint32_t)page, entry));
    refused("update_va_mapping, without U", page_map((uint32_t)page, entry & ~(uint64_t)PAGE_USER));
    refused("update_va_mapping, without A and D", page_map((uint32_t)page, entry_of(table, PAGE_PRESENT | PAGE_WRITE)));
    refused("mmu_update", table_set(l1, 1, entry));
    test_result("mmu_update, read-only", table_set(l1, 1, entry_of(table, RIGHTS_READ)), 0);
    refused("mmu_update, more rights", table_set(l1, 1, entry));
    refused("mmu_update, kept bits", hypercall_mmu_update(&keep, 1, NULL));
    test_result("mmu_update, nothing", table_set(l1, 1, 0), 0);
    test_result("multicall", hypercall_multicall(&call, 1), 0);
    refused("multicall", (int32_t)call.result);
}

/* A table that is made with the mapping in it, and then named. */
static void by_table(const uint64_t *table, unsigned index)
{
    page_open(prepared);
    prepared[index] = entry_of(table, RIGHTS_ALL);
    page_close(prepared);
    refused("pin of an L1 with it", table_pin(1, prepared));
    refused("an L2's entry for such an L1", table_set(table_l2(1), 1, entry_of(prepared, RIGHTS_ALL)));
    refused("an L2's entry, read-only", table_set(table_l2(1), 1, entry_of(prepared, RIGHTS_READ)));
    page_open(prepared);
    prepared[index] = 0;
}

static void by_operation(const uint64_t *table)
{
    refused("clear page", table_op(MMUEXT_CLEAR_PAGE, frame_of(table), 0));
    refused("copy page", table_op(MMUEXT_COPY_PAGE, frame_of(table), frame_of(page)));
    refused("update_descriptor", hypercall_update_descriptor(machine_address(table), 0));
    refused("update_descriptor, an absent one", hypercall_update_descriptor(machine_address(table), 7));
    test_check(address_is_closed((uint32_t)table, probe_write), "a table can be written");
}

void test_run(void)
{
    tables_demand();
    page = page_fresh();
    l1 = page_fresh();
    prepared = page_fresh();
    page_close(l1);
    test_result("pin", table_pin(1, l1), 0);
    uint64_t *top, *l3 = space_make(&top);
    const uint64_t *const tables[] = { table_l1((uint32_t)page), table_l2(0), table_l2(1), table_l2(TOP_SLOT),
                                       table_l3(), l1, l3, top };

    test_result("pin", table_pin(3, l3), 0);
    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        by_calls(tables[i]);
        for (unsigned index = 0; index < TABLE_ENTRIES; index += 73)
            by_table(tables[i], index);
        by_operation(tables[i]);
    }
    test_success();
}
