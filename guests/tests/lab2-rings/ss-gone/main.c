/* Takes away the descriptor of the stack in use. There is then nowhere to tell the kernel anything: its end. */
/* expect: crashed: stack that cannot be written */
#include "test.h"

#define INDEX 1

void test_run(void)
{
    failsafe_catch(true);
    gdt_page[INDEX] = DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    ss_write(SELECTOR_OF(INDEX, 1));
    gdt_set(INDEX, 0);
    __asm__ volatile("ud2");
    test_failure("a stack without a descriptor was used");
}
