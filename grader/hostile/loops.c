/* Never comes back. */
static void attack(void)
{
    for (volatile int forever = 1; forever;)
        ;
}
