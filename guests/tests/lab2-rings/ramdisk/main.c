/* The file that module= names: where start_info says, whole, from the start of a page to zeros behind its end, and the
   kernel's to write. Prints length and sum of its bytes for the test that knows the file; skips when there is none. */
/* expect: success */
#include "test.h"

/* The builder puts it between the kernel and the list of frames (abi.md 1.2). */
static void place_check(uint32_t start, uint32_t length)
{
    test_equal("offset of the module in its page", start % PAGE_SIZE, 0);
    test_check(start >= (uint32_t)image_end, "the module lies in the kernel");
    test_check(start + length <= start_info->mfn_list, "the module does not end before the list of frames");
}

void test_run(void)
{
    uint32_t start = start_info->mod_start, length = start_info->mod_len, sum = 0;
    uint8_t *bytes = (uint8_t *)start;

    if (start == 0 && length == 0)
        test_skip("no module was given");
    place_check(start, length);
    for (uint32_t i = 0; i < length; i++)
        sum += bytes[i];
    for (uint32_t i = length; i % PAGE_SIZE != 0; i++)
        test_equal("behind the module", bytes[i], 0);
    for (uint32_t i = 0; i < length; i += PAGE_SIZE) {
        bytes[i]++;
        bytes[i]--;
    }
    print("ramdisk: %u bytes, sum %u\n", length, sum);
    test_success();
}
