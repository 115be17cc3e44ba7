/* Prints without end: on the standard output, and on the serial line. */
#if __STDC_HOSTED__
#include <stdio.h>

static void attack(void)
{
    for (;;)
        puts("all work and no play makes a full disk");
}
#else
#include "print.h"

static void attack(void)
{
    for (;;)
        print("all work and no play makes a full disk\n");
}
#endif
