/* Printing on the serial line, and the end of the guest. */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdint.h>

/* Values for the exit port; brief enough to be a process's exit status.
   Higher values are free, but a native run shows only (v << 1) | 1 cut to eight bits. */
#define EXIT_SUCCESS    0
#define EXIT_FAILURE    1
#define EXIT_ERROR      2
#define EXIT_SKIP       3

/* One byte, waiting until the device takes it; before a newline a carriage return. */
void serial_put(char c);

/* Knows %s, %c, %u, %d, %x, %X (eight digits) and %%. Anything else is printed as it stands.
   All numbers are 32 bits wide; there is no width, no padding and no %ll. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the guest with a status on port 0xF4; where nobody listens there, cli and hlt end it. */
void guest_exit(uint32_t status) __attribute__((noreturn));

#endif
