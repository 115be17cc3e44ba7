/* Half a GiB of object file. */
char giant[1 << 29] = { 1 };

static void attack(void)
{
}
