/* Calls into the hypervisor's image. The guest must end; nothing there may be executed for it. */
/* expect: crashed: f8100000 */
/* native: no */
#include "test.h"

void test_run(void)
{
    void (*entry)(void) = (void (*)(void))0xF8100000;

    entry();
    test_failure("the hypervisor was executed");
}
