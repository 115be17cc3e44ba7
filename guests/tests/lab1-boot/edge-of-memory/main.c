/* Jumps to a two-byte instruction whose second byte lies above the guest's memory. The hypervisor, should it fetch
   for itself, must not read there; the guest must end. */
/* expect: crashed: outside its */
/* native: no */
#include "options.h"
#include "test.h"

void test_run(void)
{
    uint8_t *last = (uint8_t *)(0x100000 + memory_upper_kib() * 1024 - 1);

    *last = 0x0F;       /* first byte of clts, mov to cr0, rdmsr... */
    __asm__ volatile("jmp *%0" : : "r"(last));
    test_failure("execution went on beyond memory");
}
