/* Rewrites the instruction at one address between executions, from one that is emulated to another and to one that is
   not. Each time the new one must be executed: nothing decoded before may be trusted. */
/* expect: success */
/* native: yes */
#include "test.h"

static volatile uint8_t code[] = { 0x90, 0x90, 0x90, 0xC3 };

static uint32_t execute(uint8_t first, uint8_t second, uint8_t third)
{
    uint32_t value = 0x11223344;

    code[0] = first;
    code[1] = second;
    code[2] = third;
    __asm__ volatile("call *%1" : "+a"(value) : "r"(code), "d"(PORT_NOBODY) : "memory");
    return value;
}

void test_run(void)
{
    for (unsigned round = 0; round < 1000; round++) {
        test_check(execute(0xEC, 0x90, 0x90) == 0x112233FF, "in al, dx did not take effect");
        test_check(execute(0x66, 0xED, 0x90) == 0x1122FFFF, "in ax, dx did not take effect");
        test_check(execute(0xED, 0x90, 0x90) == 0xFFFFFFFF, "in eax, dx did not take effect");
        test_check(execute(0x31, 0xC0, 0x90) == 0, "xor did not take effect");
        test_check((execute(0x0F, 0x20, 0xC0) & CR0_PE) != 0, "mov from cr0 did not take effect");
        test_check(execute(0xB0, (uint8_t)round, 0x90) == (0x11223300 | (round & 0xFF)), "mov al did not take effect");
    }
    test_success();
}
