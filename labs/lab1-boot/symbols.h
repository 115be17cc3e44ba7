/*
 * The image's own symbol table (floor 1): made from `nm` by the build and linked in, so a panic can name functions.
 */
#ifndef RINGLET_SYMBOLS_H
#define RINGLET_SYMBOLS_H

#include <stdint.h>

/* Name of the function that holds `address` and the offset into it; "?" and offset = address when there is none. */
const char *symbol_find(uint32_t address, uint32_t *offset);

#endif
