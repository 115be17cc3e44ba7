/* The same before main() is reached, and again from a destructor. */
#if __STDC_HOSTED__
#include <unistd.h>

static void __attribute__((constructor)) attack_first(void)
{
    _exit(0);
}
#endif

static void attack(void)
{
}
