/* Never comes back, with interrupts off. */
static void attack(void)
{
    __asm__ volatile("cli");
    for (;;)
        __asm__ volatile("");
}
