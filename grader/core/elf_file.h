/*
 * A 32-bit ELF file in memory (host side, all labs): symbols by name and by address, and bytes by address. The
 * student's image is one, so every number in it is checked before it is used.
 */
#ifndef RINGLET_ELF_FILE_H
#define RINGLET_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
    uint8_t *bytes;             /* the whole file, owned; NULL: none */
    size_t size;
};

/*
 * False: it cannot be read, or is no 32-bit ELF file.
 * On false the structure is empty, and elf_free allowed.
 */
bool elf_load(struct elf_file *file, const char *path);
void elf_free(struct elf_file *file);

/*
 * Address of symbol `name`, 0 when there is none.
 * A stripped file has none at all.
 */
uint32_t elf_address(const struct elf_file *file, const char *name);

/* "function+0x12" for an address, to be freed; NULL when it belongs to no function. */
char *elf_place(const struct elf_file *file, uint32_t address);

/*
 * The bytes of the file that are loaded to [address, address + size), or NULL.
 * Within `file`, so as long-lived as that; the caller may write there, which changes the copy in memory only.
 */
uint8_t *elf_bytes(const struct elf_file *file, uint32_t address, size_t size);

#endif
