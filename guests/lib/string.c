/* String functions for kernels without a library. The copies use the string instructions, for otherwise compilers
   would recognise the loop in memcpy as a memcpy and call it. Called by everyone, and by generated code. */
#include "string.h"

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
    __asm__ volatile("std; rep movsb; cld" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
    return to;
}

void *memset(void *to, int value, size_t count)
{
    void *target = to;

    __asm__ volatile("rep stosb" : "+D"(target), "+c"(count) : "a"(value) : "memory");
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left;
    const unsigned char *b = right;

    for (; count > 0; count--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

bool string_equal(const char *left, const char *right)
{
    size_t length = strlen(left);

    return strlen(right) == length && memcmp(left, right, length) == 0;
}
