/* String functions for kernels without a library. The copies use the string instructions, for otherwise compilers
   would recognise the loop in memcpy as a memcpy and call it. Called by everyone, and by generated code.
   Sizes of 0 are allowed everywhere. No pointer may be NULL, and nothing checks it: there is no page to fault on. */
#include "string.h"

/* Needs DF clear: start.S and the trap entry see to that, and memmove restores it. Overlaps are for memmove. */
void *memcpy(void *to, const void *from, size_t count)
{
    void *target = to;

    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(count) : : "memory");
    return to;
}

/* Upwards is safe when the target lies below the source; else from the end down, and DF back to clear. */
void *memmove(void *to, const void *from, size_t count)
{
    char *target = (char *)to + count - 1;
    const char *source = (const char *)from + count - 1;

    if (to <= from)
        return memcpy(to, from, count);
    /* An interrupt within finds DF set; trap_entry clears it for the handler, and iret brings it back. */
    __asm__ volatile("std; rep movsb; cld" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
    return to;
}

/* Only the low byte of `value` counts, as in C's own. */
void *memset(void *to, int value, size_t count)
{
    void *target = to;

    __asm__ volatile("rep stosb" : "+D"(target), "+c"(count) : "a"(value) : "memory");
    return to;
}

/* Unsigned, as the standard has it: 0x80 is more than 0x7F. */
int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left;
    const unsigned char *b = right;

    for (; count > 0; count--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

/* Not counting the final NUL. Nothing bounds it: text from outside is cut and ended before it comes here. */
size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

/* The lengths are compared first, so that memcmp reads behind no NUL. */
bool string_equal(const char *left, const char *right)
{
    size_t length = strlen(left);

    return strlen(right) == length && memcmp(left, right, length) == 0;
}
