/*
 * Formatted output of the hypervisor itself (floor 1). print() writes to the console as a line of the hypervisor's
 * own; format() into a buffer. Verbs: %s %c %d %u %x %p %%, with width, 0 and - flags, and %llu / %llx.
 */
#ifndef RINGLET_PRINT_H
#define RINGLET_PRINT_H

#include <stdarg.h>
#include <stddef.h>

void __attribute__((format(printf, 1, 2))) print(const char *format, ...);
void print_list(const char *format, va_list args);

/* Like snprintf: always terminated, returns the length the whole text would have had. */
size_t __attribute__((format(printf, 3, 4))) format_text(char *buffer, size_t size, const char *format, ...);

/* The engine: each character goes to emit(context, c). Returns how many there were. */
size_t format_list(void (*emit)(void *context, char c), void *context, const char *format, va_list args);

#endif
