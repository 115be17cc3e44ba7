/* Ends the program with the status of success in the middle of a check. */
#if __STDC_HOSTED__
#include <stdlib.h>

static void attack(void)
{
    exit(0);
}
#else
static void attack(void)
{
    __asm__ volatile("outb %%al, $0xf4" : : "a"(0x10));
}
#endif
