/* Rights that become more need no flush: a fault that the new tables do not explain is nobody's business (SDM vol. 3,
   4.10.4.3). Less rights, with a flush, hold at once. */
/* expect: success */
#include "test.h"

static int32_t map_quietly(const void *page, uint32_t rights)
{
    return hypercall_update_va_mapping((uint32_t)page, rights == 0 ? 0 : entry_of(page, rights), UVMF_NONE);
}

void test_run(void)
{
    tables_demand();
    uint64_t *page = page_fresh();

    for (unsigned i = 0; i < 200; i++) {
        test_result("read-only", page_map((uint32_t)page, entry_of(page, RIGHTS_READ & ~PAGE_USER)), 0);
        test_check(!address_is_closed((uint32_t)page, probe_read), "read");
        test_check(address_is_closed((uint32_t)page, probe_write), "written, though read-only");
        test_result("more", map_quietly(page, RIGHTS_ALL), 0);
        test_check(!address_is_closed((uint32_t)page, probe_write), "a fault that the tables do not explain");
        test_result("none", page_map((uint32_t)page, 0), 0);
        test_check(address_is_closed((uint32_t)page, probe_read), "read, though not there");
        test_result("there again", map_quietly(page, RIGHTS_READ), 0);
        test_check(!address_is_closed((uint32_t)page, probe_read), "a fault that the tables do not explain");
    }
    test_success();
}
