/*
 * Strings and memory (floor 1, pure). Simple loops: the big copies (guest images, zeroing) use the string
 * instructions, which emulators and processors both run fast.
 *
 * The string instructions count upward only while DF is clear. C relies on that everywhere (System V ABI, Intel386
 * supplement, "Function Calling Sequence"), and a guest comes in with any DF it likes: the entry code clears it.
 * All pointers are the hypervisor's own. Guest addresses become such pointers elsewhere, after a check.
 */
#include "text.h"

/*
 * Words first, then what is left over. Also right for overlapping areas as long as `to` lies below `from`: each word
 * is read before a lower one is written. memmove relies on that. The asm changes its inputs, hence "+".
 */
void *memcpy(void *to, const void *from, size_t count)
{
    void *start = to;
    size_t words = count / 4, rest = count % 4;

    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return start;
}

/* The byte four times over makes the word; multiplying by 0x01010101 puts it into each place. */
void *memset(void *to, int value, size_t count)
{
    void *start = to;
    size_t words = count / 4, rest = count % 4;
    uint32_t pattern = (uint8_t)value * 0x01010101u;

    __asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return start;
}

/*
 * Upward unless the target begins inside the source: there, going up would overwrite what is still to be read.
 *
 *      down:   source  | a b c d e |               up:   source      | a b c d e |
 *              target      | . . . . . |                 target  | . . . . . |
 */
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

/* By unsigned bytes, as the standard has it. Not for secrets: it stops at the first difference. */
int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *left = a, *right = b;

    for (size_t i = 0; i < count; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

/* For texts of our own and of the loader, which are terminated; never for guest memory, which need not be. */
size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

/* Both ends at once: equal means that both texts end where the first difference would be. */
bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Truncation is what names and options want: their readers then say that the name is not known. */
void text_copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length > size - 1)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

/*
 * The digits are stopped as soon as they pass 32 bits and the suffix shifts by 20 at most, so 64 bits hold every step:
 * "4294967296M" is refused and does not wrap around to a small size.
 */
bool text_to_size(const char *text, uint32_t *value)
{
    uint64_t number = 0;

    /* At least one digit: "" and "M" are no sizes. */
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
