/* Reads what is the hypervisor's: its image, the top of memory, the last byte, from rings 1 and 3. Nothing may
   answer. */
/* expect: success */
/* segments: limits */
#include "test.h"

/* Each by another way to form an address; the processor checks them in different places. */
OPERATION(image, "mov 0xF8100000, %%eax")
OPERATION(direct_map, "mov 0xF8000000, %%eax")
OPERATION(top, "movb 0xFFFFFFFF, %%al")
OPERATION(across_top, "mov 0xFFFFFFFE, %%eax")
OPERATION(by_program_selector, "mov $0xE033, %%eax; mov %%eax, %%fs; mov %%fs:0xF8100000, %%eax")
OPERATION(by_code_selector, "mov %%cs:0xF8100000, %%eax")
OPERATION(by_string, "push %%esi; mov $0xF8100000, %%esi; lodsl; pop %%esi")
USER_OPERATION(program_image, "mov 0xF8100000, %%eax")
USER_OPERATION(program_m2p, "mov 0xF5800000, %%eax")    /* for kernels only */

void test_run(void)
{
    test_expect_closed("image", image);
    test_expect_closed("direct map", direct_map);
    test_expect_closed("top of memory", top);
    test_expect_closed("across the top", across_top);
    test_expect_closed("by ring 3's selector", by_program_selector);
    test_expect_closed("by the code selector", by_code_selector);
    test_expect_closed("by a string instruction", by_string);
    test_expect_closed("ring 3, image", program_image);
    test_expect_closed("ring 3, machine-to-physical table", program_m2p);
    test_success();
}
