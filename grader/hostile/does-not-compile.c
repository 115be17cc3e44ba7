/* Is no C. */
static void attack(void)
{
    this is no C;
}
