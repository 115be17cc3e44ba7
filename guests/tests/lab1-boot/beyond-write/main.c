/* Writes the last word of its own memory, which must work, and then the word above it, which must end the guest. */
/* expect: crashed: outside its */
/* native: no */
#include "options.h"
#include "test.h"

void test_run(void)
{
    volatile uint32_t *beyond = (volatile uint32_t *)(0x100000 + memory_upper_kib() * 1024);

    beyond[-1] = 0x600D;
    test_check(beyond[-1] == 0x600D, "the last word of memory does not keep its value");
    *beyond = 1;
    test_failure("memory beyond the guest's own answered");
}
