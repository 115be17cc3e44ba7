/* Overwrites a file outside its folder. */
#if __STDC_HOSTED__
#include <fcntl.h>
#include <unistd.h>

static void attack(void)
{
    int file = open("@CANARY@", O_WRONLY | O_CREAT | O_TRUNC, 0666);

    if (write(file, "mine\n", 5) < 0)
        unlink("@CANARY@");
}
#else
static void attack(void)
{
}
#endif
