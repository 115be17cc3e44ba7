/* Includes itself twice, two hundred deep, and the compiler never gets to the end. */
#include __FILE__
#include __FILE__

static void attack(void)
{
}
