/* Makes processes until there is no room for more. */
#if __STDC_HOSTED__
#include <unistd.h>

static void attack(void)
{
    for (;;)
        fork();
}
#else
static void attack(void)
{
}
#endif
