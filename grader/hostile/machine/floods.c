/* Prints without end. */
#include "print.h"

static void attack(void)
{
    for (;;)
        print("all work and no play makes a full disk\n");
}
