/*
 * Strings and memory (floor 1): the handful of routines a freestanding program must bring along. gcc and clang may
 * call memcpy, memset, memmove and memcmp on their own, so those have their standard names and meanings.
 */
#ifndef RINGLET_TEXT_H
#define RINGLET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);

bool text_equal(const char *a, const char *b);

/* Copy with truncation; `to` is always terminated. size >= 1. */
void text_copy(char *to, size_t size, const char *from);

/* Parse a whole decimal number, with an optional K or M suffix (1024, 1048576). False: not a number, or >= 2^32. */
bool text_to_size(const char *text, uint32_t *value);

#endif
