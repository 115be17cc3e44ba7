/* Writes replies of every likely size on every descriptor before the first request comes, and again in each call. */
#if __STDC_HOSTED__
#include <stdint.h>
#include <unistd.h>

static void attack(void)
{
    for (int descriptor = 0; descriptor < 16; descriptor++)
        for (uint32_t size = 1; size <= 64; size++) {
            uint32_t frame[18] = { 0, size }; /* MESSAGE_OK, and as many bytes of zeros */
            if (write(descriptor, frame, 8 + size) < 0)
                break;
        }
}

static void __attribute__((constructor)) attack_first(void)
{
    attack();
}
#else
static void attack(void)
{
}
#endif
