/* The assembler is a language, too: it is told to repeat itself, and to make a file of the result. */
__asm__(".rept 1000000000; .long 1, 2, 3, 4, 5, 6, 7, 8; .endr");

static void attack(void)
{
}
