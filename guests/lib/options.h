/* The kernel's command line: words separated by blanks, either `name` or `name=value`.
   Names are case-sensitive and the first match wins. All results point into, or are copies of, a private copy. */
#ifndef GUEST_OPTIONS_H
#define GUEST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*   EBX -> | flags | memory_lower | memory_upper | boot_device | command_line | modules ...
            0       4              8              12            16             20
   The part of multiboot's information we look at (Multiboot Specification 0.6.96, section 3.3). */
struct multiboot_info {
    uint32_t flags;         /* which of the fields below are valid */
    uint32_t memory_lower;  /* KiB from 0 */
    uint32_t memory_upper;  /* KiB from 1 MiB */
    uint32_t boot_device;
    uint32_t command_line;  /* physical address of a string */
};

/* Called by start.S with what the loader left in EBX; copies what we need of it.
   `info` is not kept: it may be overwritten as soon as this returns. */
void options_copy(const struct multiboot_info *info);

/* True for the word `name` alone; `name=value` does not count. */
bool option_given(const char *name);

/* Copies the value of `name=value`, cut to size - 1 characters; false and "" when it is not there. */
bool option_text(const char *name, char *value, unsigned size);

/* The decimal value of `name=number`, or `otherwise`. */
uint32_t option_number(const char *name, uint32_t otherwise);

/* KiB of memory from 1 MiB up as the loader told, 0 when it told nothing. */
uint32_t memory_upper_kib(void);

#endif
