/* Takes all the memory there is. */
#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>

static void attack(void)
{
    for (;;) {
        char *more = malloc(16 << 20);
        if (more)
            memset(more, 1, 16 << 20);
    }
}
#else
static void attack(void)
{
}
#endif
