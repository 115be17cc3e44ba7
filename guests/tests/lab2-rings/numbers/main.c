/* Numbers that no hypercall has, and calls that are for others: an error, never an effect. */
/* expect: success */
#include "test.h"

/* Through int 0x82: the page has no slots for these. */
static int32_t call(uint32_t number)
{
    struct hypercall_registers registers = { .eax = number };

    hypercall_raw(&registers);
    return (int32_t)registers.eax;
}

/* Sign, size of the table, and what a comparison with the wrong signedness would let in. */
static void unknown_check(void)
{
    static const uint32_t numbers[] = {
        64, 65, 127, 128, 255, 256, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFC0, 0xFFFFFFFF,
    };

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        test_result("number out of range", call(numbers[i]), -ENOSYS);
    for (uint32_t number = 56; number < 64; number++)
        test_result("number of no call", call(number), -ENOSYS);
    test_result("number 11", call(11), -ENOSYS);
    test_result("set_segment_base", call(HYPERCALL_SET_SEGMENT_BASE), -ENOSYS);
}

/* The first byte of each slot: mov to EAX; the iret's begins with a push. */
static void page_check(void)
{
    for (uint32_t number = 0; number < PAGE_SIZE / HYPERCALL_STUB_SIZE; number++) {
        const uint8_t *slot = (const uint8_t *)hypercall_page + number * HYPERCALL_STUB_SIZE;

        if (slot[0] == 0xCC)
            continue;   /* no call of that number */
        test_equal("first byte of a slot", slot[0], number == HYPERCALL_IRET ? 0x50 : 0xB8);
        test_equal("last byte of a slot", slot[HYPERCALL_STUB_SIZE - 1], 0xCC);
    }
}

void test_run(void)
{
    unknown_check();
    page_check();
    test_success();
}
