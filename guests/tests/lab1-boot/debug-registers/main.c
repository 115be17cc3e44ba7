/* Arms all four breakpoints, on the hypervisor's code, on its own next instructions' neighbours and with every
   length, then disarms them. Such breakpoints must never fire inside the hypervisor. */
/* expect: success */
/* native: yes */
#include "test.h"

void test_run(void)
{
    test_start_timer(1000);
    dr0_write(0xF8100000);
    dr1_write(0xF8101000);
    dr2_write(0xFFFFFFFC);
    dr3_write(0xF8000000);
    dr7_write(0x000D0755);          /* all enabled, locally and exactly; the fourth on 4-byte writes... */
    test_wait_ticks(5);
    dr7_write(0xFFFF07FF);          /* ... then all on 4-byte reads and writes, global too */
    test_wait_ticks(5);
    dr7_write(0x400);
    test_success();
}
