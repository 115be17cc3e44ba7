/* Attack: change what a frame is and use it as what it was, inside one list of updates, one multicall and one list of
   operations. Each request must be judged by what the ones before it have made. */
/* expect: success */
#include "test.h"

static uint64_t *l1, *victim, *page;

/* Request `bad` of the list must be the first that fails. */
static void list_check(const char *name, const struct mmu_update *list, unsigned count, unsigned bad)
{
    uint32_t done = 99;
    int32_t result = hypercall_mmu_update(list, count, &done);

    test_check((result < 0) == (bad < count), name);
    test_equal(name, done, bad);
    for (unsigned i = 0; i < 3; i++)
        test_result("out of the L1", table_set(l1, i, 0), 0);
    test_result("out of the L2", table_set(table_l2(1), 7, 0), 0);
}

static struct mmu_update map(unsigned index, uint32_t rights)
{
    return (struct mmu_update){ machine_address(&l1[index]), rights == 0 ? 0 : entry_of(victim, rights) };
}

static struct mmu_update link(uint32_t rights)
{
    return (struct mmu_update){ machine_address(&table_l2(1)[7]), rights == 0 ? 0 : entry_of(victim, rights) };
}

/* A word written into the frame: plain while it is no table, checked once it is one. */
static struct mmu_update write(uint64_t value)
{
    return (struct mmu_update){ machine_address(&victim[0]), value };
}

static void lists_check(void)
{
    const uint64_t evil = entry_of(table_l3(), RIGHTS_ALL);
    const struct mmu_update writable_table[] = { map(0, RIGHTS_ALL), link(RIGHTS_ALL) };
    const struct mmu_update table_writable[] = { link(RIGHTS_ALL), map(0, RIGHTS_ALL) };
    const struct mmu_update in_between[] = { map(0, RIGHTS_ALL), map(0, 0), link(RIGHTS_ALL), map(1, RIGHTS_ALL) };
    const struct mmu_update second_mapping[] = { map(0, RIGHTS_ALL), map(1, RIGHTS_ALL), map(0, RIGHTS_READ),
                                                 link(RIGHTS_ALL) };
    const struct mmu_update there_and_back[] = { link(RIGHTS_ALL), link(0), map(0, RIGHTS_ALL), map(0, 0),
                                                 link(RIGHTS_ALL), link(0), map(2, RIGHTS_ALL), map(2, RIGHTS_READ) };
    const struct mmu_update write_then_link[] = { write(evil), link(RIGHTS_ALL) };
    const struct mmu_update link_then_write[] = { write(0), link(RIGHTS_ALL), write(evil) };
    const struct mmu_update written_between[] = { write(0), link(RIGHTS_ALL), link(0), write(evil), link(RIGHTS_ALL) };

    list_check("writable, then a table", writable_table, 2, 1);
    list_check("a table, then writable", table_writable, 2, 1);
    list_check("writable, not, a table, writable", in_between, 4, 3);
    list_check("a second mapping", second_mapping, 4, 3);
    list_check("there and back", there_and_back, 8, 8);
    list_check("bad contents, then a table", write_then_link, 2, 1);
    list_check("a table, then bad contents", link_then_write, 3, 2);
    list_check("bad contents in between", written_between, 5, 4);
    test_result("clean", table_set(victim, 0, 0), 0);
}

/* As an L1, as an L2, writable, all in one list of operations. */
static void operations_check(void)
{
    uint32_t mfn = frame_of(victim), done = 99;
    const struct mmuext_op list[] = {
        { MMUEXT_PIN_L1_TABLE, mfn, 0 }, { MMUEXT_UNPIN_TABLE, mfn, 0 }, { MMUEXT_PIN_L2_TABLE, mfn, 0 },
        { MMUEXT_UNPIN_TABLE, mfn, 0 },  { MMUEXT_CLEAR_PAGE, mfn, 0 },  { MMUEXT_PIN_L1_TABLE, mfn, 0 },
        { MMUEXT_PIN_L2_TABLE, mfn, 0 }, { MMUEXT_CLEAR_PAGE, mfn, 0 },
    };

    test_check(hypercall_call(HYPERCALL_MMUEXT_OP, (uint32_t)list, 8, (uint32_t)&done, DOMID_SELF, 0) < 0, "list");
    test_equal("operations done", done, 6);
    test_result("unpin", table_unpin(victim), 0);
}

static void multicall_check(void)
{
    struct mmuext_op pin = { MMUEXT_PIN_L1_TABLE, frame_of(victim), 0 };
    uint32_t entry = (uint32_t)entry_of(victim, RIGHTS_ALL), address = (uint32_t)page;
    struct multicall_entry list[] = {
        { HYPERCALL_UPDATE_VA_MAPPING, 0, { address, entry, 0, UVMF_NONE } },
        { HYPERCALL_MMUEXT_OP, 0, { (uint32_t)&pin, 1, 0, DOMID_SELF } },
        { HYPERCALL_UPDATE_VA_MAPPING, 0, { address, entry & ~PAGE_WRITE, 0, UVMF_NONE } },
        { HYPERCALL_MMUEXT_OP, 0, { (uint32_t)&pin, 1, 0, DOMID_SELF } },
        { HYPERCALL_UPDATE_VA_MAPPING, 0, { address, entry, 0, UVMF_NONE } },
    };

    test_result("multicall", hypercall_multicall(list, 5), 0);
    test_check(list[0].result == 0 && (int32_t)list[1].result < 0 && list[2].result == 0 && list[3].result == 0 &&
               (int32_t)list[4].result < 0, "a multicall that pins and maps");
    test_check(address_is_closed(address, probe_write), "written through a mapping from before");
}

void test_run(void)
{
    tables_demand();
    l1 = page_fresh();
    victim = page_fresh();
    page = page_fresh();
    page_close(l1);
    page_close(victim);
    test_result("pin", table_pin(1, l1), 0);
    for (unsigned i = 0; i < 4; i++) {
        lists_check();
        operations_check();
    }
    multicall_check();
    test_success();
}
