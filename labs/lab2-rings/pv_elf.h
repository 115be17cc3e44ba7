/*
 * Views into an ELF file (floor 2, pure): program headers, sections and runs of bytes, each compared with the file's
 * size before it is handed out. elf.c reads what has to be loaded; notes need the rest of the file, too, and need it
 * of damaged files as well, because a kernel must be recognised before it can be refused with its own reason.
 * Source: System V ABI, chapters 4 (header, sections) and 5 (program headers).
 */
#ifndef RINGLET_PV_ELF_H
#define RINGLET_PV_ELF_H

#include <stdbool.h>
#include <stdint.h>

#define PV_ELF_LOAD       1 /* program header type: goes into memory */
#define PV_ELF_NOTE       4 /* program header type: notes */
#define PV_ELF_EXECUTABLE 1 /* program header flag */
#define PV_ELF_WRITABLE   2 /* program header flag */
#define PV_ELF_SYMBOLS    2 /* section type: symbol table */
#define PV_ELF_STRINGS    3 /* section type: names of another section's symbols */
#define PV_ELF_NOTES      7 /* section type: notes */

/* Elf32_Ehdr. */
struct pv_elf_header {
    uint8_t magic[4];             /* 7F 'E' 'L' 'F' */
    uint8_t class, data, version; /* 1: 32-bit; 1: little endian; 1 */
    uint8_t padding[9];
    uint16_t type, machine;       /* 2: executable; 3: i386 */
    uint32_t file_version, entry; /* 1; first instruction, virtual */
    uint32_t program_offset, section_offset, flags;
    uint16_t size;                /* of this header */
    uint16_t program_entry_size, program_count;
    uint16_t section_entry_size, section_count;
    uint16_t names;               /* number of the section that holds the sections' names */
};

/* Elf32_Phdr. */
struct pv_elf_program {
    uint32_t type;              /* PV_ELF_LOAD, PV_ELF_NOTE; others do not matter */
    uint32_t offset;            /* in the file */
    uint32_t virtual_address;   /* does not count here: VIRT_BASE does */
    uint32_t physical_address;  /* from which paddr_offset is taken (pv_image.c) */
    uint32_t file_size;         /* bytes in the file, */
    uint32_t memory_size;       /* and in memory: what is more is zero */
    uint32_t flags, alignment;  /* PV_ELF_WRITABLE, PV_ELF_EXECUTABLE; a power of two */
};

/* Elf32_Shdr. */
struct pv_elf_section {
    uint32_t name;              /* offset in the section of names */
    uint32_t type, flags;       /* PV_ELF_NOTES, PV_ELF_SYMBOLS, PV_ELF_STRINGS */
    uint32_t address;           /* where it lies in memory; nobody asks here */
    uint32_t offset, size;      /* in the file */
    uint32_t link, info;        /* other sections', or numbers of entries: by type */
    uint32_t alignment;
    uint32_t entry_size;        /* of a table */
};

_Static_assert(sizeof(struct pv_elf_header) == 52 && sizeof(struct pv_elf_program) == 32 &&
               sizeof(struct pv_elf_section) == 40, "ELF32 layouts");

struct pv_elf {
    const uint8_t *bytes;
    uint32_t size;               /* of the file */
    struct pv_elf_header header; /* a copy: the file may lie at any alignment */
};

/* Bytes of the file; all of them lie within it. */
struct pv_elf_view {
    const uint8_t *bytes;
    uint32_t size;
};

/* False: no 32-bit little-endian ELF file. Nothing else of its header has been judged then. */
bool pv_elf_open(struct pv_elf *elf, const uint8_t *bytes, uint32_t size);

/* Header number `index`. False: there is none, or it does not lie within the file. */
bool pv_elf_program(const struct pv_elf *elf, uint32_t index, struct pv_elf_program *program);
bool pv_elf_section(const struct pv_elf *elf, uint32_t index, struct pv_elf_section *section);

/* `size` bytes from `offset`, or as many of them as the file has. False: some are missing. */
bool pv_elf_view(const struct pv_elf *elf, uint32_t offset, uint32_t size, struct pv_elf_view *view);

/* Is it called `name`? False also when the names do not lie within the file. */
bool pv_elf_is_named(const struct pv_elf *elf, const struct pv_elf_section *section, const char *name);

#endif
