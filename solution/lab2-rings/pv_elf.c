/*
 * Views into an ELF file (floor 2, pure). One comparison guards them all: pv_elf_view(). Offsets and sizes come
 * from the file; they are only ever subtracted from something known to be larger, or added in 64 bits.
 */
#include "pv_elf.h"
#include "text.h"

/*
 * The header is copied out, and so is every other structure below: a file need not be aligned for us, and a multiboot
 * module stays where the loader has put it. Class 1 is 32 bits, data 1 little-endian (System V ABI, chapter 4).
 */
bool pv_elf_open(struct pv_elf *elf, const uint8_t *bytes, uint32_t size)
{
    *elf = (struct pv_elf){ .bytes = bytes, .size = size };
    if (size < sizeof(elf->header))
        return false;
    memcpy(&elf->header, bytes, sizeof(elf->header));
    return memcmp(elf->header.magic, "\177ELF", 4) == 0 && elf->header.class == 1 && elf->header.data == 1;
}

/*
 * Each comparison has a number of the file on one side only, and the subtraction is of something that was compared
 * before: `offset + size <= elf->size` would be true for offset 0xfffffff0 and size 0x20. What is there of a part that
 * reaches behind the end is in the view all the same.
 */
bool pv_elf_view(const struct pv_elf *elf, uint32_t offset, uint32_t size, struct pv_elf_view *view)
{
    uint32_t start = offset < elf->size ? offset : elf->size;
    uint32_t rest = elf->size - start;

    view->bytes = elf->bytes + start;
    view->size = size < rest ? size : rest;
    return offset <= elf->size && size <= rest;
}

/* Entry `index` of a table with entries of `size` bytes. Below 2^16 entries of some 40 bytes: the product is small. */
static bool entry_copy(const struct pv_elf *elf, uint32_t table, uint32_t index, void *to, uint32_t size)
{
    uint64_t offset = (uint64_t)table + index * size;
    struct pv_elf_view view;

    if (offset > elf->size || !pv_elf_view(elf, (uint32_t)offset, size, &view))
        return false;
    memcpy(to, view.bytes, size);
    return true;
}

/*
 * Entries of another size would be of another version of the format; to read them as ours would be to guess. False also
 * ends a loop over the table: nobody counts for himself.
 */
bool pv_elf_program(const struct pv_elf *elf, uint32_t index, struct pv_elf_program *program)
{
    return index < elf->header.program_count && elf->header.program_entry_size == sizeof(*program) &&
           entry_copy(elf, elf->header.program_offset, index, program, sizeof(*program));
}

/* Loading needs no sections and a stripped file has none; only notes are looked for in them. */
bool pv_elf_section(const struct pv_elf *elf, uint32_t index, struct pv_elf_section *section)
{
    return index < elf->header.section_count && elf->header.section_entry_size == sizeof(*section) &&
           entry_copy(elf, elf->header.section_offset, index, section, sizeof(*section));
}

/*
 * The NUL is compared along with the rest, so nothing needs to search for it: in a damaged file there may be none up to
 * the end, and behind that lies another guest's image.
 */
bool pv_elf_is_named(const struct pv_elf *elf, const struct pv_elf_section *section, const char *name)
{
    uint32_t length = (uint32_t)strlen(name) + 1;
    struct pv_elf_section names;
    struct pv_elf_view view;

    if (!pv_elf_section(elf, elf->header.names, &names) || !pv_elf_view(elf, names.offset, names.size, &view))
        return false;
    return section->name <= view.size && length <= view.size - section->name &&
           memcmp(view.bytes + section->name, name, length) == 0;
}
