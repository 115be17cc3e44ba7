/* The few string functions a bare kernel needs, including the four that compilers call on their own. */
#ifndef GUEST_STRING_H
#define GUEST_STRING_H

#include <stdbool.h>
#include <stddef.h>

/* As in the C library. Compilers emit calls to the first four for copies of structures, freestanding or not. */
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);
size_t strlen(const char *text);
/* Whether both hold the same characters. */
bool string_equal(const char *left, const char *right);

#endif
