/*
 * Symbols of an ELF image, for tests that must tell to which function an address belongs (host side).
 */
#ifndef RINGLET_ELF_SYMBOLS_H
#define RINGLET_ELF_SYMBOLS_H

#include <stdint.h>

/*
 * Name of the function of the 32-bit ELF file `path` that has `address` in it, to be freed; NULL when there is none.
 * Fails the test when the file is not such a file.
 */
char *elf_function_at(const char *path, uint32_t address);

#endif
