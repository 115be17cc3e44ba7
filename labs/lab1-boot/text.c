/*
 * Strings and memory (floor 1, pure). Simple loops: the big copies (guest images, zeroing) use the string
 * instructions, which emulators and processors both run fast.
 */
#include "text.h"

void *memcpy(void *to, const void *from, size_t count)
{
    void *start = to;
    size_t words = count / 4, rest = count % 4;

    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t count)
{
    void *start = to;
    size_t words = count / 4, rest = count % 4;
    uint32_t pattern = (uint8_t)value * 0x01010101u;

    __asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;

    if (target <= source || target >= source + count)
        return memcpy(to, from, count);
    while (count-- > 0)
        target[count] = source[count];
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *left = a, *right = b;

    for (size_t i = 0; i < count; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length > size - 1)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

bool text_to_size(const char *text, uint32_t *value)
{
    uint64_t number = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (unsigned)(*text - '0');
        if (number > UINT32_MAX)
            return false;
    }
    if (*text == 'K' || *text == 'M')
        number <<= *text++ == 'K' ? 10 : 20;
    *value = (uint32_t)number;
    return *text == '\0' && number <= UINT32_MAX;
}
