/* Executes cli in the very last byte of its memory: the emulator may fetch more bytes than there are, but must not
   trip over their absence. Then execution falls off the end, and the guest must end. */
/* expect: crashed: outside its */
/* native: no */
#include "options.h"
#include "test.h"

void test_run(void)
{
    uint8_t *last = (uint8_t *)(0x100000 + memory_upper_kib() * 1024 - 1);

    *last = 0xFA;
    __asm__ volatile("jmp *%0" : : "r"(last));
    test_failure("execution went on beyond memory");
}
