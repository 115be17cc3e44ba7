/* An LDT that gets shorter: what the processor read it through shows nothing of the longer one any more. Ringlet's
   copies are at 0xF6820000; on any hypervisor these addresses are none of the kernel's. */
/* expect: success */
/* segments: limits */
#include "test.h"

#define WINDOW "0xF6820000"     /* of page 0 */

static uint64_t table[2 * DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));

OPERATION(second_page, "mov " WINDOW " + 0x1000, %%eax")
OPERATION(last_page, "mov " WINDOW " + 0xF000, %%eax")
OPERATION(first_page, "mov " WINDOW ", %%eax")

static int32_t ldt_set(uint32_t entries)
{
    struct mmuext_op operation = { .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)table, .arg2 = entries };

    return hypercall_mmuext_op(&operation, 1);
}

void test_run(void)
{
    descriptors_protect(table);
    descriptors_protect(table + DESCRIPTORS_PER_PAGE);
    test_expect_closed("no table", first_page);
    if (ldt_set(2 * DESCRIPTORS_PER_PAGE) == -ENOSYS)
        test_skip("mmuext_op belongs to a higher floor");
    test_expect_closed("beyond two pages", last_page);
    test_result("one page", ldt_set(DESCRIPTORS_PER_PAGE), 0);
    test_expect_closed("the second page is gone", second_page);
    test_result("none", ldt_set(0), 0);
    test_expect_closed("the first page is gone", first_page);
    test_success();
}
