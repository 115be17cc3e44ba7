/* rep insb and outsb with a count of 2^32 - 1 and interrupts off. They must not hold the processor: neighbours run
   on. This one ends when it reaches the end of its memory. */
/* expect: crashed: outside its */
/* native: no */
#include "options.h"
#include "test.h"

void test_run(void)
{
    uint32_t source = 0;
    uint32_t count = 0xFFFFFFFFu;

    print("string-huge: starting\n");
    cpu_cli();
    __asm__ volatile("rep outsb" : "+S"(source), "+c"(count) : "d"(PORT_NOBODY) : "memory");
    test_failure("outs read its way through memory that is not there");
}
