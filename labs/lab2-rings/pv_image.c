/*
 * Paravirtual kernels as files (floor 2, pure). The file comes from outside and is not to be trusted: pv_elf.c and
 * elf.c compare its numbers with the size of the file, this one with each other and with the address space.
 *
 *      p_paddr --- minus paddr_offset ---> pseudo-physical address --- plus virt_base ---> virtual address
 *
 *      0   virt_base                                                      HYPERVISOR_VIRT_START
 *      |   |   ...   | segment | ... | segment | 0-3 | symbol table |  ...      | not the guest's
 *                    ^ kernel_start            ^     ^ symtab       ^ kernel_end
 *                                              kernel_end, when no symbol table is wanted
 *
 * Order of the checks: what the file is, what the notes ask for, where the segments go, and last what has to lie within
 * them. The builder (pv_build.c) relies on all of it and compares nothing again but the size of the memory.
 */
#include "pv_image.h"
#include <stddef.h>
#include "abi_hypercall.h"
#include "elf.h"
#include "layout.h"
#include "pv_elf.h"
#include "pv_notes.h"
#include "text.h"

_Static_assert(PV_SEGMENTS_MAX >= ELF_SEGMENTS_MAX, "elf_parse() has counted the segments");

/*
 * Ours although it may be damaged: a kernel with Xen notes and a fault is to be refused for its fault, not as unknown.
 */
bool pv_image_recognise(const uint8_t *bytes, uint32_t size)
{
    struct pv_notes notes;
    struct pv_elf elf;

    if (!pv_elf_open(&elf, bytes, size))
        return false;
    /* What is wrong with them is for pv_image_parse() to say; that there are any makes the file ours. */
    (void)pv_notes_read(&elf, &notes);
    return notes.is_found;
}

/*
 * Other loaders' kernels have notes too; Linux came before there was a name for the generic one. The version is that of
 * the interface, and has been xen-3.0 ever since.
 */
static const char *kind_check(const struct pv_notes *notes)
{
    if (!notes->is_found)
        return "it has no Xen notes, so it is no kernel for ring 1";
    if (!pv_note_is(notes, XEN_NOTE_LOADER, "generic") && !pv_note_is(notes, XEN_NOTE_GUEST_OS, "linux"))
        return "its Xen notes do not ask for the generic loader (LOADER)";
    if (!pv_note_is(notes, XEN_NOTE_XEN_VERSION, "xen-3.0"))
        return "its Xen notes do not ask for the interface xen-3.0 (XEN_VERSION)";
    return NULL;
}

/* Page tables of another format cannot even be looked at; a kernel that says nothing is one without PAE. */
static const char *pae_read(const struct pv_notes *notes, struct pv_image *image)
{
    image->is_pae = pv_note_begins(notes, XEN_NOTE_PAE_MODE, "yes") ||
                    pv_note_begins(notes, XEN_NOTE_PAE_MODE, "bimodal");
    image->has_extended_cr3 = pv_note_is(notes, XEN_NOTE_PAE_MODE, "yes[extended-cr3]") ||
                              pv_note_is(notes, XEN_NOTE_PAE_MODE, "bimodal[extended-cr3]");
    return image->is_pae ? NULL : "it is not built for PAE (PAE_MODE in its Xen notes)";
}

/*
 * The numbers, with their defaults. Read in this order, for one default is another's value: in a list p_paddr counts
 * from VIRT_BASE unless it says otherwise, in notes from 0 (abi.md 1.1). The entry's default is the ELF header's.
 */
static bool numbers_read(const struct pv_notes *notes, struct pv_image *image, uint32_t *hypervisor_low)
{
    image->has_hypercall_page = notes->types[XEN_NOTE_HYPERCALL_PAGE].is_present;
    if (!pv_note_number(notes, XEN_NOTE_VIRT_BASE, &image->virt_base))
        return false;
    image->paddr_offset = notes->is_list ? image->virt_base : 0;
    return pv_note_number(notes, XEN_NOTE_PADDR_OFFSET, &image->paddr_offset) &&
           pv_note_number(notes, XEN_NOTE_ENTRY, &image->entry) &&
           pv_note_number(notes, XEN_NOTE_HYPERCALL_PAGE, &image->hypercall_page) &&
           pv_note_number(notes, XEN_NOTE_HV_START_LOW, hypervisor_low);
}

/*
 * For log lines: nothing in it may move the cursor or forge a line. A guest named "x\r\ndomain 0 (dom0): crashed" would
 * be believed by whoever reads the console, and by the grader.
 */
static void guest_os_copy(const struct pv_note *note, char *to)
{
    uint32_t i = 0;

    for (; i < note->length && i < PV_GUEST_OS_SIZE - 1 && note->text[i] != '\0'; i++)
        to[i] = note->text[i] >= ' ' && note->text[i] <= '~' ? note->text[i] : '?';
    to[i] = '\0';
}

/*
 * The kind first: of a kernel for another loader nothing else is worth a complaint. A reason names the note, so that
 * whoever has built the kernel finds the line of assembly that it comes from.
 */
static const char *notes_use(const struct pv_notes *notes, struct pv_image *image)
{
    uint32_t hypervisor_low = 0;
    const char *reason = kind_check(notes);

    if (reason == NULL)
        reason = pae_read(notes, image); /* the format of page tables */
    if (reason != NULL)
        return reason;
    if (!numbers_read(notes, image, &hypervisor_low))
        return "it has a Xen note whose value should be a number and is none";
    if (image->virt_base % PAGE_SIZE != 0)
        return "its memory would not begin on a page boundary (VIRT_BASE in its Xen notes)";
    if (hypervisor_low > HYPERVISOR_VIRT_START)
        return "it wants more of the address space than it can get (HV_START_LOW in its Xen notes)";
    /* In a list the name alone is enough. */
    image->wants_symtab = pv_note_is(notes, XEN_NOTE_BSD_SYMTAB, "yes") ||
                          (notes->is_list && notes->types[XEN_NOTE_BSD_SYMTAB].is_present);
    guest_os_copy(&notes->types[XEN_NOTE_GUEST_OS], image->guest_os); /* for people */
    return NULL;
}

/* elf_parse() has compared offset and sizes. 64 bits, for the sum may pass the end of the address space. */
static const char *segment_add(struct pv_image *image, const struct pv_elf_program *program)
{
    uint32_t address = program->physical_address - image->paddr_offset;
    uint64_t start = (uint64_t)image->virt_base + address;
    uint64_t end = start + program->memory_size;

    if (program->physical_address < image->paddr_offset)
        return "it has a segment below its memory (PADDR_OFFSET in its Xen notes)";
    if (end > UINT32_MAX)
        return "it has a segment that wraps around the address space";
    if (end > HYPERVISOR_VIRT_START)
        return "it has a segment in the hypervisor's part of the address space (0xf5800000 and above)";
    image->segments[image->segment_count++] = (struct pv_segment){
        program->offset, address, (uint32_t)start, program->file_size, program->memory_size,
    };
    image->kernel_start = start < image->kernel_start ? (uint32_t)start : image->kernel_start;
    image->kernel_end = end > image->kernel_end ? (uint32_t)end : image->kernel_end;
    return NULL;
}

/* Half-open: two that touch do not overlap. No sum wraps, because segment_add() has refused what would. */
static bool overlap(const struct pv_segment *a, const struct pv_segment *b)
{
    return a->address < b->address + b->memory_size && b->address < a->address + a->memory_size;
}

/* Overlap is refused because the order of the headers would decide what the memory holds. */
static const char *overlap_check(const struct pv_image *image)
{
    for (uint32_t i = 0; i < image->segment_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (overlap(&image->segments[i], &image->segments[j]))
                return "it has overlapping segments";
    return NULL;
}

/* Xen loads what can be written or executed. What takes no memory is left out, as in elf_parse(). */
static const char *segments_read(const struct pv_elf *elf, struct pv_image *image)
{
    struct pv_elf_program program;
    const char *reason = NULL;

    image->kernel_start = UINT32_MAX; /* the least of all segments is looked for */
    for (uint32_t i = 0; reason == NULL && pv_elf_program(elf, i, &program); i++)
        if (program.type == PV_ELF_LOAD && program.memory_size > 0 &&
            (program.flags & (PV_ELF_WRITABLE | PV_ELF_EXECUTABLE)) != 0)
            reason = segment_add(image, &program);
    if (reason == NULL && image->segment_count == 0)
        return "it has nothing to load that can be written or executed";
    return reason == NULL ? overlap_check(image) : reason;
}

/*
 * In a list it is a page number, counted from virt_base. What is too large becomes a page that no kernel has: so it is
 * places_check() that refuses it, with the reason that fits.
 */
static uint32_t hypercall_page_place(const struct pv_notes *notes, const struct pv_image *image)
{
    uint64_t place = image->hypercall_page;

    if (notes->is_list)
        place = image->virt_base + place * PAGE_SIZE;
    return place > UINT32_MAX ? HYPERVISOR_VIRT_START : (uint32_t)place;
}

/* The hypercall page is written by the builder, so all of it must be the kernel's. */
static const char *places_check(const struct pv_image *image)
{
    uint32_t page = image->hypercall_page;

    if (image->entry < image->kernel_start || image->entry >= image->kernel_end)
        return "its entry point lies outside the kernel";
    if (!image->has_hypercall_page)
        return NULL;
    if (page % PAGE_SIZE != 0)
        return "its hypercall page is not on a page boundary";
    if (page < image->kernel_start || page >= image->kernel_end || image->kernel_end - page < PAGE_SIZE)
        return "its hypercall page lies outside the kernel";
    return NULL;
}

/* Behind the kernel, at a multiple of 4. kernel_end is at most HYPERVISOR_VIRT_START, so neither sum wraps. */
static const char *symtab_place(struct pv_image *image)
{
    if (!image->wants_symtab)
        return NULL;
    image->symtab = (image->kernel_end + 3) & ~3u;
    image->kernel_end = image->symtab + pv_symtab_size(image);
    if (image->kernel_end > HYPERVISOR_VIRT_START)
        return "it leaves no room for its symbol table below the hypervisor's part of the address space";
    return NULL;
}

/* What lies within the kernel can be looked at only when it is known how far the kernel reaches. */
static const char *parts_read(const struct pv_elf *elf, const struct pv_notes *notes, struct pv_image *image)
{
    const char *reason = notes_use(notes, image);

    if (reason == NULL)
        reason = segments_read(elf, image); /* where it goes */
    if (reason != NULL)
        return reason;
    image->hypercall_page = hypercall_page_place(notes, image);
    reason = places_check(image); /* what must lie within it */
    return reason == NULL ? symtab_place(image) : reason;
}

/*
 * Every byte of *image is written before any of the file is believed, and the parts of the file are read through
 * pv_elf.c alone. What this returns NULL for, any file whatever, the builder can load without another look.
 */
const char *pv_image_parse(const uint8_t *bytes, uint32_t size, struct pv_image *image)
{
    struct elf_image checked;
    struct pv_notes notes;
    struct pv_elf elf;
    const char *reason = elf_parse(bytes, size, &checked);

    if (reason != NULL)
        return reason;
    /* Cannot fail: elf_parse() demands the same and more. */
    (void)pv_elf_open(&elf, bytes, size);
    memset(image, 0, sizeof(*image));
    image->entry = checked.entry; /* unless a note names another */
    reason = pv_notes_read(&elf, &notes);
    return reason == NULL ? parts_read(&elf, &notes, image) : reason;
}

/*
 * Memory begins at virt_base, and no segment lies below it. The kernel alone: what belongs to it besides is counted by
 * the layout (pv_layout.c), which comes to the same answer later and at more cost.
 */
const char *pv_image_fits(const struct pv_image *image, uint32_t memory)
{
    if (image->kernel_end - image->virt_base > memory)
        return "it is larger than its memory; give it more with mem=";
    return NULL;
}
