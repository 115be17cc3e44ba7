/*
 * Paravirtual kernels as files (floor 2, pure): what a kernel says of itself in its Xen notes, and where its parts go.
 * Sources: System V ABI chapters 4 and 5; Xen public header elfnote.h; abi.md 1.1.
 */
#ifndef RINGLET_PV_IMAGE_H
#define RINGLET_PV_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define PV_SEGMENTS_MAX  16
#define PV_SYMTAB_MAX    256 /* bytes: an empty symbol table with its headers is no larger */
#define PV_GUEST_OS_SIZE 32

/* A part of the file to be loaded, checked to lie within it. */
struct pv_segment {
    uint32_t offset;          /* in the file */
    uint32_t address;         /* pseudo-physical: p_paddr without the offset that the notes take from it */
    uint32_t virtual_address; /* address + virt_base */
    uint32_t file_size, memory_size; /* the first is not larger than the second; no sum of these fields wraps */
};

struct pv_image {
    uint32_t virt_base;      /* virtual address of pseudo-physical 0, on a page boundary */
    uint32_t paddr_offset;   /* taken from each p_paddr */
    uint32_t entry;          /* virtual, within the kernel */
    uint32_t hypercall_page; /* virtual, a page within the kernel; only if has_hypercall_page */
    uint32_t kernel_start, kernel_end; /* virtual: all that is loaded, and the symbol table behind it */
    uint32_t symtab;         /* virtual: where an empty symbol table goes; only if wants_symtab */
    uint32_t segment_count;  /* 1 or more */
    bool has_hypercall_page, is_pae, has_extended_cr3, wants_symtab;
    char guest_os[PV_GUEST_OS_SIZE]; /* what it calls itself, for people: printable and perhaps cut; may be empty */
    struct pv_segment segments[PV_SEGMENTS_MAX];
};

/* A 32-bit ELF file with Xen notes or a section __xen_guest, whatever else may be wrong with it. */
bool pv_image_recognise(const uint8_t *bytes, uint32_t size);

/* Read all of it. NULL, or the reason for refusing; then *image means nothing. */
const char *pv_image_parse(const uint8_t *bytes, uint32_t size, struct pv_image *image);

/* NULL, or the reason why so many bytes of memory do not even hold the kernel. */
const char *pv_image_fits(const struct pv_image *image, uint32_t memory);

/* The empty symbol table: bytes it takes (at most PV_SYMTAB_MAX; 0: none is wanted), and the bytes themselves. */
uint32_t pv_symtab_size(const struct pv_image *image);
void pv_symtab_write(const struct pv_image *image, uint8_t *to);

#endif
