/*
 * The empty symbol table (floor 2, pure). A kernel of BSD's kind (note BSD_SYMTAB) reads its own symbols behind its
 * image, where a loader leaves them as a small ELF file of their own:
 *
 *      | size | ELF header | null | SYMTAB | STRTAB | one null symbol | "\0" and padding |
 *        4      52           40     40       40       16                4
 *               ^ offsets in the section headers count from here; size counts from here, too
 *
 * It is empty here: a kernel finds a table without symbols, no teaching kernel needs more, and not one byte of a file
 * that nobody trusts is looked at for it. There is no gap between the ELF header and the section headers, where Xen
 * once left bytes of its own for the guest to read (XSA-194): every byte below is written.
 */
#include "pv_elf.h"
#include "pv_image.h"
#include "text.h"

#define SYMBOL_SIZE 16 /* Elf32_Sym; number 0 is all zeros in every table */

struct symtab {
    uint32_t size; /* of what follows */
    struct pv_elf_header header;
    struct pv_elf_section sections[3];
    uint8_t symbols[SYMBOL_SIZE];
    uint8_t strings[4]; /* the empty name */
};

_Static_assert(sizeof(struct symtab) == 4 + 52 + 3 * 40 + 16 + 4 && sizeof(struct symtab) <= PV_SYMTAB_MAX, "no gaps");

/* From the ELF header. */
#define OFFSET_OF(field) (__builtin_offsetof(struct symtab, field) - __builtin_offsetof(struct symtab, header))

static const struct symtab empty = {
    .size = sizeof(struct symtab) - sizeof(uint32_t),
    .header = {
        .magic = { 0x7f, 'E', 'L', 'F' }, .class = 1, .data = 1, .version = 1, .type = 2, .machine = 3,
        .file_version = 1, .section_offset = OFFSET_OF(sections), .size = sizeof(struct pv_elf_header),
        .section_entry_size = sizeof(struct pv_elf_section), .section_count = 3,
    },
    .sections = {
        /* link: whose names they are; info: the first symbol that is not local, here none */
        [1] = { .type = PV_ELF_SYMBOLS, .offset = OFFSET_OF(symbols), .size = SYMBOL_SIZE, .link = 2, .info = 1,
                .alignment = 4, .entry_size = SYMBOL_SIZE },
        [2] = { .type = PV_ELF_STRINGS, .offset = OFFSET_OF(strings), .size = 1, .alignment = 1 },
    },
};

/* A constant, so that where the kernel ends is known before anything is written. */
uint32_t pv_symtab_size(const struct pv_image *image)
{
    return image->wants_symtab ? sizeof(empty) : 0;
}

/* One copy of a constant: nothing of the file, and nothing that was in the buffer before, can be in it. */
void pv_symtab_write(const struct pv_image *image, uint8_t *to)
{
    memcpy(to, &empty, pv_symtab_size(image));
}
