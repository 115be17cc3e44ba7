/*
 * Crafted ELF images (host side; see elf_craft.h).
 */
#define _GNU_SOURCE
#include "elf_craft.h"

#include <stdio.h>
#include <stdlib.h>

#include "scene.h"
#include "scratch.h"

struct craft craft_read(const char *path)
{
    struct craft craft = { 0 };

    craft.bytes = file_read(path, &craft.size);
    if (!craft.bytes)
        fail_msg("%s cannot be read", path);
    craft.header = (Elf32_Ehdr *)craft.bytes;
    craft.programs = (Elf32_Phdr *)(craft.bytes + craft.header->e_phoff);
    return craft;
}

Elf32_Phdr *craft_segment(const struct craft *craft, unsigned index)
{
    for (unsigned i = 0; i < craft->header->e_phnum; i++)
        if (craft->programs[i].p_type == PT_LOAD && index-- == 0)
            return &craft->programs[i];
    fail_msg("the kernel has fewer segments");
    return NULL;
}

/* Our kernels' notes have names of four bytes and begin at multiples of four. */
static Elf32_Nhdr *note_next(Elf32_Nhdr *note)
{
    return (Elf32_Nhdr *)((char *)craft_note_value(note) + (note->n_descsz + 3) / 4 * 4);
}

Elf32_Nhdr *craft_note(const struct craft *craft, unsigned type)
{
    for (unsigned i = 0; i < craft->header->e_phnum; i++) {
        const Elf32_Phdr *program = &craft->programs[i];
        char *start = craft->bytes + program->p_offset;
        Elf32_Nhdr *note = (Elf32_Nhdr *)start;

        if (program->p_type != PT_NOTE)
            continue;
        for (; (char *)note < start + program->p_filesz; note = note_next(note))
            if (note->n_type == type)
                return note;
    }
    fail_msg("the kernel has no Xen note of type %u", type);
    return NULL;
}

void *craft_note_value(Elf32_Nhdr *note)
{
    return (char *)(note + 1) + note->n_namesz;
}

char *craft_write(const struct craft *craft, size_t size, const char *folder, const char *name)
{
    char *path = text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(craft->bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

void craft_free(struct craft *craft)
{
    free(craft->bytes);
    *craft = (struct craft){ 0 };
}
