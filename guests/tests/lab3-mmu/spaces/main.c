/* Eight address spaces that share most of their tables, made, visited and taken apart many times; a tangle of them is
   left at the end for the hypervisor. */
/* expect: success */
#include "test.h"

#define SPACES  8

static uint64_t *spaces[SPACES], *tops[SPACES];

void test_run(void)
{
    tables_demand();
    for (unsigned i = 0; i < SPACES; i++)
        spaces[i] = space_make(&tops[i]);
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < SPACES; i++)
            if ((i + round) % 3 != 0)
                test_result("pin", table_pin(3, spaces[i]), 0);
        for (unsigned i = 0; i < SPACES; i++) {
            test_result("switch", table_base(spaces[(i * 5 + round) % SPACES]), 0);
            test_result("call", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
        }
        test_result("back", table_base(table_l3()), 0);
        for (unsigned i = 0; i < SPACES; i++) {
            if ((i + round) % 3 != 0)
                test_result("unpin", table_unpin(spaces[i]), 0);
            page_open(spaces[i]);
            page_open(tops[i]);
            page_close(spaces[i]);
            page_close(tops[i]);
        }
    }
    for (unsigned i = 0; i < SPACES; i++)
        test_result("pin", table_pin(3, spaces[i]), 0);
    test_result("the first L3's pin", table_unpin(table_l3()), 0);
    test_result("switch", table_base(spaces[3]), 0);
    test_result("without its pin", table_unpin(spaces[3]), 0);
    test_success();
}
