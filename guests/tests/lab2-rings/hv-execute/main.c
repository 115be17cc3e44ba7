/* Jumps to the hypervisor's code: in its image, and beyond the end of all segments. */
/* expect: success */
/* segments: limits */
#include "test.h"

OPERATION(image, "mov $0xF8100000, %%eax; jmp *%%eax")
OPERATION(called, "mov $0xF8100000, %%eax; call *%%eax")
OPERATION(top, "mov $0xFFFFFFF0, %%eax; jmp *%%eax")
OPERATION(far_jump, "ljmp $0xE019, $0xF8100000")
OPERATION(to_ring0, "ljmp $0xE008, $0xF8100000")
OPERATION(return_to_ring0, "push $0xE008; push $0xF8100000; lret")
USER_OPERATION(program_image, "mov $0xF8100000, %%eax; jmp *%%eax")
USER_OPERATION(program_to_ring1, "ljmp $0xE019, $0x100000")

/* The processor looks at the selector first: ring 0's is named by the error code. */
void test_run(void)
{
    test_expect_closed("image", image);
    test_expect_closed("call", called);
    test_expect_closed("top of memory", top);
    test_expect_closed("far jump", far_jump);
    test_expect("far jump to ring 0", to_ring0, VECTOR_PROTECTION, 0xE008);
    test_expect("far return to ring 0", return_to_ring0, VECTOR_PROTECTION, 0xE008);
    test_expect_closed("ring 3, image", program_image);
    test_expect("ring 3, far jump to ring 1", program_to_ring1, VECTOR_PROTECTION, 0xE018);
    test_success();
}
