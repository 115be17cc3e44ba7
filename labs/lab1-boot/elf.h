/*
 * ELF executables (floor 1, pure): just what loading an i386 kernel takes. Source: System V ABI, Intel386 supplement.
 */
#ifndef RINGLET_ELF_H
#define RINGLET_ELF_H

#include <stdint.h>

#define ELF_SEGMENTS_MAX 16 /* kernels have two to five */

/* A PT_LOAD segment, checked to lie within the file. */
struct elf_segment {
    uint32_t offset;        /* in the file */
    uint32_t virtual_address, physical_address;
    uint32_t file_size, memory_size; /* file_size <= memory_size; neither wraps */
};

struct elf_image {
    uint32_t entry;         /* first instruction; not yet compared with anything */
    uint32_t count;         /* segments used, 1 or more */
    struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/* Read the headers of `size` bytes at `bytes` into *image. Returns NULL, or the reason for refusing. */
const char *elf_parse(const uint8_t *bytes, uint32_t size, struct elf_image *image);

/* Do all segments lie within physical [low, high), apart from each other? NULL, or the reason why not. */
const char *elf_placement_check(const struct elf_image *image, uint32_t low, uint32_t high);

#endif
