/*
 * ELF executables (floor 1, pure). The image comes from outside and is not to be trusted: nothing in it is used
 * before it has been compared with the size of the file, and no sum is made that could wrap.
 *
 *      file          | header | program headers |  ...  | bytes |  ...              |
 *                      |        ^                       ^
 *                      +--------+ program_offset        | offset, file_size
 *                                                       v
 *      guest memory  |   ...                            | bytes | zeros |  ...      |
 *                                                       ^ physical_address, memory_size
 *
 * Section headers, symbols and names are of no interest: a loader needs the program headers only. Each header is
 * copied to a local and then judged, so what was judged is what is used.
 * Source: System V ABI, chapters 4 (ELF header) and 5 (program header).
 */
#include "elf.h"
#include <stdbool.h>
#include "text.h"

#define PT_LOAD 1 /* program header type: this part of the file goes into memory */
#define EM_386  3 /* machine: i386 */
#define ET_EXEC 2 /* file type: an executable with fixed addresses; there is no relocating loader here */

/* Elf32_Ehdr. Fields that a loader does not look at are here for their size only. */
struct elf_header {
    uint8_t magic[4];             /* 7F 'E' 'L' 'F' */
    uint8_t class, data, version; /* 1: 32-bit; 1: little endian; 1 */
    uint8_t padding[9];
    uint16_t type, machine;       /* ET_EXEC, EM_386 */
    uint32_t file_version;
    uint32_t entry;               /* of the program, virtual */
    uint32_t program_offset;      /* of the program headers, in the file */
    uint32_t section_offset, flags;
    uint16_t size;                /* of this header */
    uint16_t program_entry_size, program_count;
    uint16_t section_entry_size, section_count, names;
};

/* Elf32_Phdr: one part of the file and its place in memory. Behind file_size bytes, zeros up to memory_size (.bss). */
struct elf_program {
    uint32_t type, offset, virtual_address, physical_address, file_size, memory_size, flags, alignment;
};

_Static_assert(sizeof(struct elf_header) == 52 && sizeof(struct elf_program) == 32, "ELF32 layouts");

/* offset + length <= size, asked without the sum: with an offset near 2^32 it would wrap and look small. */
static bool is_within(uint32_t offset, uint32_t length, uint32_t size)
{
    return length <= size && offset <= size - length;
}

/* program_count has 16 bits, so the product stays far below 2^32. */
static const char *header_check(const struct elf_header *header, uint32_t size)
{
    if (header->class != 1 || header->data != 1 || header->machine != EM_386 || header->type != ET_EXEC)
        return "it is an ELF file, but no 32-bit x86 executable";
    if (header->program_entry_size != sizeof(struct elf_program) || header->program_count == 0)
        return "it has no ELF program headers";
    if (!is_within(header->program_offset, header->program_count * sizeof(struct elf_program), size))
        return "it is truncated: its program headers lie behind the end of the file";
    return NULL;
}

/*
 * The last check lets others add an address and a size without a thought: neither sum wraps. file_size <= memory_size
 * matters because the place is checked with the one and the copy is made with the other.
 */
static const char *segment_add(struct elf_image *image, const struct elf_program *program, uint32_t size)
{
    if (image->count == ELF_SEGMENTS_MAX)
        return "it has more than 16 loadable segments";
    if (program->file_size > program->memory_size)
        return "it has a segment larger in the file than in memory";
    if (!is_within(program->offset, program->file_size, size))
        return "it is truncated: a segment lies behind the end of the file";
    if (program->memory_size > UINT32_MAX - program->physical_address ||
        program->memory_size > UINT32_MAX - program->virtual_address)
        return "it has a segment that wraps around the address space";
    image->segments[image->count++] = (struct elf_segment){
        program->offset, program->virtual_address, program->physical_address, program->file_size, program->memory_size,
    };
    return NULL;
}

/*
 * Returns at the first reason. *image is then half filled and must not be used. Segments that take no memory are left
 * out: they could only collide with others.
 */
const char *elf_parse(const uint8_t *bytes, uint32_t size, struct elf_image *image)
{
    struct elf_header header;
    struct elf_program program;
    const char *reason;

    if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0)
        return "it is no ELF file; give a 32-bit x86 ELF kernel";
    if (size < sizeof(header))
        return "it is truncated: the ELF header is not complete";
    memcpy(&header, bytes, sizeof(header)); /* the module may lie at any alignment */
    reason = header_check(&header, size);
    image->entry = header.entry;
    image->count = 0;
    for (uint32_t i = 0; i < header.program_count && reason == NULL; i++) {
        memcpy(&program, bytes + header.program_offset + i * sizeof(program), sizeof(program));
        if (program.type == PT_LOAD && program.memory_size > 0)
            reason = segment_add(image, &program, size);
    }
    if (reason == NULL && image->count == 0)
        return "it has nothing to load";
    return reason;
}

/* Half-open intervals: two that touch do not overlap. The sums cannot wrap (segment_add). */
static bool overlap(const struct elf_segment *a, const struct elf_segment *b)
{
    return a->physical_address < b->physical_address + b->memory_size &&
           b->physical_address < a->physical_address + a->memory_size;
}

/*
 * By physical address: that is where a loader puts things. Overlap is refused because the order of the headers would
 * decide what the memory holds, and no linker makes it on purpose.
 */
const char *elf_placement_check(const struct elf_image *image, uint32_t low, uint32_t high)
{
    for (uint32_t i = 0; i < image->count; i++) {
        const struct elf_segment *segment = &image->segments[i];

        if (segment->physical_address < low)
            return "it wants to be loaded over the boot information in its first pages";
        if (!is_within(segment->physical_address, segment->memory_size, high))
            return "it is larger than its memory; give it more with mem=";
        for (uint32_t j = 0; j < i; j++)
            if (overlap(segment, &image->segments[j]))
                return "it has overlapping segments";
    }
    return NULL;
}
