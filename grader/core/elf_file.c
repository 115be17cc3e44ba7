/*
 * Reading 32-bit ELF files (host side, all labs; see elf_file.h). Invariant: elf_part() is the only way to a byte of
 * the file, and it knows the file's size.
 * The file may be the student's image, so every number in it is a claim: offsets beyond the end, tables that overlap
 * anything, names without a NUL.
 */
#define _GNU_SOURCE
#include "elf_file.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

/* Written so that offset + size is never computed: it could wrap. */
static void *elf_part(const struct elf_file *file, size_t offset, size_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->bytes + offset : NULL;
}

/* The same for structures, which lie at multiples of 4 in every file that a linker made. */
static void *elf_table(const struct elf_file *file, size_t offset, size_t size)
{
    return offset % 4 == 0 ? elf_part(file, offset, size) : NULL;
}

/* Only what is read here is checked: the loader under test has its own opinion of the rest. */
bool elf_load(struct elf_file *file, const char *path)
{
    *file = (struct elf_file){ 0 };
    file->bytes = (uint8_t *)file_read(path, &file->size);
    const Elf32_Ehdr *header = file->bytes ? elf_table(file, 0, sizeof(*header)) : NULL;

    if (header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS32)
        return true;
    elf_free(file);
    return false;
}

/* Also for a file that was not loaded. */
void elf_free(struct elf_file *file)
{
    free(file->bytes);
    *file = (struct elf_file){ 0 };
}

/* The symbol table and how many entries it has; the section of their names goes to *names. */
static const Elf32_Sym *symbols_find(const struct elf_file *file, size_t *count, const Elf32_Shdr **names)
{
    const Elf32_Ehdr *header = file->bytes ? elf_table(file, 0, sizeof(*header)) : NULL;
    const Elf32_Shdr *sections =
        header ? elf_table(file, header->e_shoff, header->e_shnum * sizeof(*sections)) : NULL;

    *count = 0;
    for (unsigned i = 0; sections && i < header->e_shnum; i++) {
        if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header->e_shnum)
            continue;
        *names = &sections[sections[i].sh_link];
        *count = sections[i].sh_size / sizeof(Elf32_Sym);
        return elf_table(file, sections[i].sh_offset, sections[i].sh_size);
    }
    return NULL;
}

/* A symbol's name with its NUL inside the file, else "". */
static const char *symbol_name(const struct elf_file *file, const Elf32_Shdr *names, const Elf32_Sym *symbol)
{
    const char *table = elf_part(file, names->sh_offset, names->sh_size);

    if (!table || symbol->st_name >= names->sh_size)
        return "";
    const char *name = table + symbol->st_name;
    return memchr(name, 0, names->sh_size - symbol->st_name) ? name : "";
}

/* The first one that is defined. 0 for "none": no symbol of ours lies there. */
uint32_t elf_address(const struct elf_file *file, const char *name)
{
    const Elf32_Shdr *names;
    size_t count;
    const Elf32_Sym *symbols = symbols_find(file, &count, &names);

    for (size_t i = 0; symbols && i < count; i++)
        if (symbols[i].st_shndx != SHN_UNDEF && strcmp(symbol_name(file, names, &symbols[i]), name) == 0)
            return symbols[i].st_value;
    return 0;
}

/*
 * Assembly has labels without type and size, so the nearest one below counts.
 * 0x4000: beyond that the name would mislead more than the number. To be freed.
 */
char *elf_place(const struct elf_file *file, uint32_t address)
{
    const Elf32_Shdr *names;
    size_t count;
    const Elf32_Sym *symbols = symbols_find(file, &count, &names), *best = NULL;

    for (size_t i = 0; symbols && i < count; i++) {
        const Elf32_Sym *symbol = &symbols[i];
        unsigned type = ELF32_ST_TYPE(symbol->st_info);
        if ((type != STT_FUNC && type != STT_NOTYPE) || symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS)
            continue;
        if (symbol->st_value <= address && (!best || symbol->st_value > best->st_value) &&
            *symbol_name(file, names, symbol))
            best = symbol;
    }
    if (!best || address - best->st_value > 0x4000)
        return NULL;
    return text_format("%s+%#x", symbol_name(file, names, best), address - best->st_value);
}

/* Only what the file holds: .bss has no bytes here. The result points into `file` and may be written. */
uint8_t *elf_bytes(const struct elf_file *file, uint32_t address, size_t size)
{
    const Elf32_Ehdr *header = file->bytes ? elf_table(file, 0, sizeof(*header)) : NULL;
    const Elf32_Phdr *segments =
        header ? elf_table(file, header->e_phoff, header->e_phnum * sizeof(*segments)) : NULL;

    for (unsigned i = 0; segments && i < header->e_phnum; i++) {
        const Elf32_Phdr *segment = &segments[i];
        uint32_t within = address - segment->p_vaddr;
        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr && within < segment->p_filesz &&
            size <= segment->p_filesz - within)
            return elf_part(file, (size_t)segment->p_offset + within, size);
    }
    return NULL;
}
