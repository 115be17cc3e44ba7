/*
 * Symbols of an ELF image (host side; see elf_symbols.h). The image is one that we have built: the linker is trusted.
 */
#define _GNU_SOURCE
#include "elf_symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "scratch.h"

static const Elf32_Shdr *section_find(const char *file, uint32_t type)
{
    const Elf32_Ehdr *header = (const Elf32_Ehdr *)file;
    const Elf32_Shdr *sections = (const Elf32_Shdr *)(file + header->e_shoff);

    for (unsigned i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == type)
            return &sections[i];
    return NULL;
}

char *elf_function_at(const char *path, uint32_t address)
{
    char *file = file_read(path, NULL), *name = NULL;
    const Elf32_Shdr *table = file ? section_find(file, SHT_SYMTAB) : NULL;

    if (!table)
        fail_msg("%s has no symbols", path);
    const Elf32_Shdr *names = (const Elf32_Shdr *)(file + ((const Elf32_Ehdr *)file)->e_shoff) + table->sh_link;
    const Elf32_Sym *symbols = (const Elf32_Sym *)(file + table->sh_offset);
    for (unsigned i = 0; i < table->sh_size / sizeof(*symbols) && !name; i++)
        if (ELF32_ST_TYPE(symbols[i].st_info) == STT_FUNC && address - symbols[i].st_value < symbols[i].st_size)
            name = strdup(file + names->sh_offset + symbols[i].st_name);
    free(file);
    return name;
}
