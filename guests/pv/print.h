/* Printing through console_io, and the end of the domain. Works from the first instruction on. */
#ifndef PV_PRINT_H
#define PV_PRINT_H

#include <stdint.h>

/* Knows %s, %c, %u, %d, %x, %X (eight digits) and %%. Anything else is printed as it stands.
   All numbers are 32 bits wide. A call of console_io is made for each line. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Hands over what no newline has sent yet: before the end, or before waiting. */
void print_flush(void);

/* sched_op(shutdown): SHUTDOWN_poweroff and the like. */
void domain_end(uint32_t reason) __attribute__((noreturn));

#endif
