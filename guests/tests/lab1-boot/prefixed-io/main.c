/* in, out, ins, outs and iret with operand-size and address-size prefixes, single and doubled: the width of the
   access, the part of the register written and the size of the frame popped follow the prefix. */
/* expect: success */
/* native: yes */
#include "test.h"

#define LOW_CODE    0x7000u     /* a 16-bit iret can only return below 64 KiB */

static void check_in(void)
{
    uint32_t value = 0x11223344;

    __asm__ volatile(".byte 0x66, 0xED" : "+a"(value) : "d"(PORT_NOBODY));
    test_check(value == 0x1122FFFF, "66 in eax, dx");
    value = 0x11223344;
    __asm__ volatile(".byte 0x66, 0x66, 0xED" : "+a"(value) : "d"(PORT_NOBODY));
    test_check(value == 0x1122FFFF, "66 66 in eax, dx");
    value = 0x11223344;
    __asm__ volatile(".byte 0x66, 0xEC" : "+a"(value) : "d"(PORT_NOBODY));
    test_check(value == 0x112233FF, "66 in al, dx");
    value = 0x11223344;
    __asm__ volatile(".byte 0xF3, 0x2E, 0x66, 0x67, 0xED" : "+a"(value) : "d"(PORT_NOBODY));
    test_check(value == 0x1122FFFF, "rep cs 66 67 in eax, dx");
}

/* The prefix changes the width of out eax, and never that of out al. */
static void check_out(void)
{
    __asm__ volatile(".byte 0x66, 0xEE" : : "a"(0xDEADA5C3), "d"(PORT_UART + UART_SCRATCH));
    test_check(port_read8(PORT_UART + UART_SCRATCH) == 0xC3, "66 out dx, al");
    __asm__ volatile(".byte 0x66, 0xEF" : : "a"(0xDEADA5C3), "d"(PORT_NOBODY));
}

static void check_ins(void)
{
    uint8_t bytes[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };
    void *target = bytes;
    uint32_t count = 3;

    __asm__ volatile(".byte 0xF3, 0x66, 0x6D" : "+D"(target), "+c"(count) : "d"(PORT_NOBODY) : "memory");
    test_check(target == bytes + 6 && count == 0 && bytes[5] == 0xFF && bytes[6] == 0, "rep 66 insd");
    count = 1;
    __asm__ volatile(".byte 0xF2, 0x6C" : "+D"(target), "+c"(count) : "d"(PORT_NOBODY) : "memory");
    test_check(target == bytes + 7 && count == 0 && bytes[6] == 0xFF && bytes[7] == 0, "repne insb");
}

/* Code at LOW_CODE: `jmp *%ecx`. The frame has three words: flags, cs, ip. */
static void check_iret(void)
{
    uint32_t before;
    uint32_t after;

    *(volatile uint16_t *)LOW_CODE = 0xE1FF;
    __asm__ volatile("mov %%esp, %0\n"
                     "pushw $2; pushw %3; pushw $0x7000\n"
                     "mov $1f, %%ecx\n"
                     ".byte 0x66, 0xCF\n"
                     "1: mov %%esp, %1\n"
                     "mov %0, %%esp"
                     : "=&r"(before), "=&r"(after) : "m"(before), "i"(SELECTOR_KERNEL_CODE) : "ecx", "memory", "cc");
    test_check(before == after, "66 iret popped a frame of another size");
}

void test_run(void)
{
    check_in();
    check_out();
    check_ins();
    check_iret();
    test_success();
}
