/* console_io: text of all lengths and all bytes, nothing to read, and pointers that will not do. */
/* expect: success */
#include "test.h"

static char text[3 * PAGE_SIZE] __attribute__((aligned(4096)));

/* In pages that are not neighbours in the machine's memory. */
static void long_check(void)
{
    for (uint32_t i = 0; i < sizeof(text); i++)
        text[i] = i % 80 == 79 ? '\n' : (char)('a' + i / 80 % 26);
    test_result("a line", hypercall_console_io(CONSOLE_WRITE, 80, text), 0);
    test_result("from one page to the next", hypercall_console_io(CONSOLE_WRITE, 160, text + 4000), 0);
    test_result("nothing", hypercall_console_io(CONSOLE_WRITE, 0, text), 0);
    test_result("nothing from nowhere", hypercall_console_io(CONSOLE_WRITE, 0, NULL), 0);
    test_result("in three parts, 1", hypercall_console_io(CONSOLE_WRITE, 8, "console-"), 0);
    test_result("in three parts, 2", hypercall_console_io(CONSOLE_WRITE, 4, "io: "), 0);
    test_result("in three parts, 3", hypercall_console_io(CONSOLE_WRITE, 9, "one line\n"), 0);
}

/* A huge count must neither wrap into an address that works nor print what was never ours. */
static void pointers_check(void)
{
    test_result("not mapped", hypercall_console_io(CONSOLE_WRITE, 1, (void *)ADDRESS_UNMAPPED), -EFAULT);
    test_result("in the hole", hypercall_console_io(CONSOLE_WRITE, 1, (void *)ADDRESS_HOLE), -EFAULT);
    test_check(hypercall_console_io(CONSOLE_WRITE, 0xFFFFFFFF, (void *)ADDRESS_UNMAPPED) < 0, "4 GiB from nowhere");
    test_check(hypercall_console_io(CONSOLE_WRITE, 0x80000000, (void *)0xC0000000) < 0, "wraps");
    test_check(hypercall_console_io(CONSOLE_READ, 16, (void *)ADDRESS_HOLE) <= 0, "read into the hole");
}

/* Nobody types. A real Xen may keep input from ordinary domains. */
static void read_check(void)
{
    int32_t result = hypercall_console_io(CONSOLE_READ, 16, text);

    test_check(result == 0 || result == -EPERM || result == -ENOSYS, "something was typed");
    test_check(hypercall_console_io(2, 1, text) < 0, "command 2");
    test_check(hypercall_console_io(0xFFFFFFFF, 1, text) < 0, "command 2^32 - 1");
}

void test_run(void)
{
    long_check();
    pointers_check();
    read_check();
    test_success();
}
