/* TLB flushes, invlpg and cache flushes of all kinds succeed, at any address; what belongs to 64-bit guests or to
   nobody is refused. */
/* expect: success */
#include "test.h"

static uint32_t mask[2] = { 1, 0 };

void test_run(void)
{
    static const uint32_t commands[] = {
        MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_LOCAL, MMUEXT_TLB_FLUSH_MULTI, MMUEXT_INVLPG_MULTI, MMUEXT_TLB_FLUSH_ALL,
        MMUEXT_INVLPG_ALL,
    };
    static const uint32_t refused[] = {
        MMUEXT_PIN_L4_TABLE, 14, MMUEXT_NEW_USER_BASEPTR, MMUEXT_MARK_SUPER, MMUEXT_UNMARK_SUPER, 21, 22, 0x10000,
        0xFFFFFFFF,
    };
    static const uint32_t addresses[] = { 0, 0x100000, ADDRESS_FREE, ADDRESS_GATE, ADDRESS_HOLE, 0xFFFFFFFF };

    tables_demand();
    uint64_t *window = page_fresh(), *pages[2] = { page_fresh(), page_fresh() };

    *pages[1] = 1;
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        for (unsigned j = 0; j < sizeof(addresses) / sizeof(addresses[0]); j++)
            test_result("flush", table_op(commands[i], addresses[j], (uint32_t)mask), 0);
        for (unsigned j = 0; j < 4; j++) {
            test_result("map", hypercall_update_va_mapping((uint32_t)window, entry_of(pages[j % 2], RIGHTS_ALL), 0), 0);
            test_result("flush", table_op(commands[i], (uint32_t)window, (uint32_t)mask), 0);
            test_equal("seen", *(volatile uint32_t *)window, j % 2);
        }
    }
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        test_check(table_op(refused[i], frame_of(window), 0) < 0, "an operation that is none");
    test_success();
}
