/* bring-up */
#include "pv_image.h"
#include <stddef.h>
#include "abi_start.h"
#include "text.h"

struct header { uint8_t ident[16]; uint16_t type, machine; uint32_t version, entry, phoff, shoff, flags; uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx; };
struct program { uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align; };

static void note(struct pv_image *image, uint32_t type, uint32_t value, const char *text)
{
    switch (type) {
    case XEN_NOTE_ENTRY: image->entry = value; break;
    case XEN_NOTE_HYPERCALL_PAGE: image->hypercall_page = value; image->has_hypercall_page = true; break;
    case XEN_NOTE_VIRT_BASE: image->virt_base = value; break;
    case XEN_NOTE_PADDR_OFFSET: image->paddr_offset = value; break;
    case XEN_NOTE_PAE_MODE: image->is_pae = text[0] == 'y' || text[0] == 'b'; break;
    default: break;
    }
}

static bool notes(const uint8_t *bytes, uint32_t size, struct pv_image *image)
{
    struct header header;
    struct program program;
    bool found = false;

    if (size < sizeof(header) || memcmp(bytes, "\177ELF", 4) != 0)
        return false;
    memcpy(&header, bytes, sizeof(header));
    image->entry = header.entry;
    for (uint32_t i = 0; i < header.phnum; i++) {
        memcpy(&program, bytes + header.phoff + i * sizeof(program), sizeof(program));
        if (program.type != 4)
            continue;
        for (uint32_t at = program.offset; at + 12 <= program.offset + program.filesz && at + 12 <= size;) {
            uint32_t words[3];
            memcpy(words, bytes + at, 12);
            uint32_t value = 0;
            const uint8_t *desc = bytes + at + 12 + ((words[0] + 3) & ~3u);
            if (words[1] >= 4)
                memcpy(&value, desc, 4);
            if (words[0] == 4 && memcmp(bytes + at + 12, "Xen", 4) == 0) {
                found = true;
                note(image, words[2], value, (const char *)desc);
            }
            at += 12 + ((words[0] + 3) & ~3u) + ((words[1] + 3) & ~3u);
        }
    }
    return found;
}

bool pv_image_recognise(const uint8_t *bytes, uint32_t size)
{
    static struct pv_image image;
    return notes(bytes, size, &image);
}

const char *pv_image_parse(const uint8_t *bytes, uint32_t size, struct pv_image *image)
{
    struct header header;
    struct program program;

    memset(image, 0, sizeof(*image));
    if (!notes(bytes, size, image))
        return "it has no Xen notes";
    memcpy(&header, bytes, sizeof(header));
    image->kernel_start = UINT32_MAX;
    for (uint32_t i = 0; i < header.phnum; i++) {
        memcpy(&program, bytes + header.phoff + i * sizeof(program), sizeof(program));
        if (program.type != 1 || !(program.flags & 3))
            continue;
        uint32_t address = program.paddr - image->paddr_offset;
        image->segments[image->segment_count++] = (struct pv_segment){ program.offset, address, program.filesz, program.memsz };
        if (image->kernel_start > address + image->virt_base)
            image->kernel_start = address + image->virt_base;
        if (image->kernel_end < address + image->virt_base + program.memsz)
            image->kernel_end = address + image->virt_base + program.memsz;
    }
    return NULL;
}
uint32_t pv_symtab_size(const struct pv_image *image) { (void)image; return 0; }
void pv_symtab_write(const struct pv_image *image, uint8_t *to) { (void)image, (void)to; }
