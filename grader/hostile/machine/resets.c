/* Lets the machine reset itself: an interrupt with no table to find it in. */
static void attack(void)
{
    static const char nothing[6];

    __asm__ volatile("lidt %0; int3" : : "m"(nothing));
}
