/* A string instruction whose address stays: 16-bit addressing wraps SI within 64 KiB, CX counts no more than 65535,
   and a count of zero does nothing at all, not even look at its memory operand. */
/* expect: success */
/* native: yes */
#include "test.h"

void test_run(void)
{
    uint32_t source = 0xABC0FFF0;
    uint32_t count = 0xABCD0020;

    /* the upper halves must neither be used nor change: the address comes from SI alone */
    __asm__ volatile("addr16 rep outsb" : "+S"(source), "+c"(count) : "d"(PORT_NOBODY) : "memory");
    test_check(source == 0xABC00010, "SI did not wrap within 16 bits");
    test_check(count == 0xABCD0000, "CX did not count down to zero alone");
    source = 0xF8100000;
    count = 0;
    __asm__ volatile("rep outsl" : "+S"(source), "+c"(count) : "d"(PORT_UART) : "memory");
    test_check(source == 0xF8100000 && count == 0, "a count of zero did something");
    test_success();
}
