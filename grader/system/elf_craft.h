/*
 * Crafted ELF images: copies of a good kernel with something wrong in them, for tests of how bad images are refused
 * (host side). Each is written into a scratch folder and its path returned, to be freed.
 */
#ifndef RINGLET_ELF_CRAFT_H
#define RINGLET_ELF_CRAFT_H

#include <elf.h>
#include <stddef.h>

/* A good kernel's bytes, to be changed and written. */
struct craft {
    char *bytes;
    size_t size;
    Elf32_Ehdr *header;     /* both point into bytes */
    Elf32_Phdr *programs;
};

/* Reads the kernel; fails the test when it cannot be read. */
struct craft craft_read(const char *path);

/* Segment `index` of those to be loaded; the bare kernel has two. */
Elf32_Phdr *craft_segment(const struct craft *craft, unsigned index);

/* The Xen note of a paravirtual kernel with this type: its header, which is followed by the name and the value. */
Elf32_Nhdr *craft_note(const struct craft *craft, unsigned type);
void *craft_note_value(Elf32_Nhdr *note);

/* Writes the first `size` bytes to folder/name. The craft can be changed and written again. */
char *craft_write(const struct craft *craft, size_t size, const char *folder, const char *name);

void craft_free(struct craft *craft);

#endif
