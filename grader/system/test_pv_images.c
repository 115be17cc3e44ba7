/*
 * Images that the domain builder refuses, each for its reason, while two guests run beside them and every frame comes
 * back (the hypervisor panics at the end when one does not). Many are refused in one run: a crafted image is a boot
 * module like any other.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi_start.h"
#include "elf_craft.h"
#include "scene.h"
#include "scratch.h"

#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define GOOD       PV_KERNELS "registers.elf"
#define BATCH      14 /* images of one run; two good guests more, and the boot protocol's 16 modules are full */

static char *folder;

/* What is wrong with an image, and the sentence about it. */
struct flaw {
    const char *name; /* also the guest's: 15 letters */
    void (*make)(struct craft *craft);
    const char *reason;
    unsigned note;    /* instead of make: the note of this type gets this number */
    uint32_t number;
};

static void note_number_set(const struct craft *craft, unsigned type, uint32_t value)
{
    memcpy(craft_note_value(craft_note(craft, type)), &value, sizeof(value));
}

/* `text` must not be longer than what stands there. */
static void note_text_set(const struct craft *craft, unsigned type, const char *text)
{
    strcpy(craft_note_value(craft_note(craft, type)), text);
}

static void machine_wrong(struct craft *craft)
{
    craft->header->e_machine = EM_X86_64;
}

static void relocatable(struct craft *craft)
{
    craft->header->e_type = ET_REL;
}

/* Nobody's notes, wherever one looks: they are loaded too, so the one place has them all. */
static void notes_renamed(struct craft *craft)
{
    static const unsigned types[] = { XEN_NOTE_ENTRY, XEN_NOTE_HYPERCALL_PAGE, XEN_NOTE_VIRT_BASE,
                                      XEN_NOTE_PADDR_OFFSET, XEN_NOTE_XEN_VERSION, XEN_NOTE_GUEST_OS,
                                      XEN_NOTE_LOADER, XEN_NOTE_PAE_MODE, XEN_NOTE_FEATURES };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        memcpy(craft_note(craft, types[i]) + 1, "Zen", 4);
}

static void pae_no(struct craft *craft)
{
    note_text_set(craft, XEN_NOTE_PAE_MODE, "no");
}

static void pae_unsaid(struct craft *craft)
{
    craft_note(craft, XEN_NOTE_PAE_MODE)->n_type = XEN_NOTE_SUSPEND_CANCEL;
}

static void loader_other(struct craft *craft)
{
    note_text_set(craft, XEN_NOTE_LOADER, "special");
}

static void version_other(struct craft *craft)
{
    note_text_set(craft, XEN_NOTE_XEN_VERSION, "xen-2.0");
}

/* Two bytes are no number; the area goes on behind their padding, so the other notes are found. */
static void number_short(struct craft *craft)
{
    craft_note(craft, XEN_NOTE_ENTRY)->n_descsz = 2;
}

static void low_start(struct craft *craft)
{
    Elf32_Nhdr *note = craft_note(craft, XEN_NOTE_FEATURES);

    note->n_type = XEN_NOTE_HV_START_LOW;
    note_number_set(craft, XEN_NOTE_HV_START_LOW, 0xFC000000);
}

static void segment_wraps(struct craft *craft)
{
    craft_segment(craft, 0)->p_memsz = 0xFFFFF000;
}

static void segment_short(struct craft *craft)
{
    craft_segment(craft, 0)->p_memsz = craft_segment(craft, 0)->p_filesz - 1;
}

static void segment_large(struct craft *craft)
{
    craft_segment(craft, 0)->p_memsz = 16 << 20;
}

/* It fits, but what the builder puts behind it does not. */
static void segment_just(struct craft *craft)
{
    craft_segment(craft, 0)->p_memsz = (4 << 20) - craft_segment(craft, 0)->p_paddr;
}

static void segment_none(struct craft *craft)
{
    craft_segment(craft, 0)->p_flags = PF_R;
}

/* The program header of the notes becomes a second segment; the section headers still lead to the notes. */
static void segments_overlap(struct craft *craft)
{
    craft->programs[1].p_type = PT_LOAD;
    craft->programs[1].p_flags = PF_R | PF_W;
}

/* Its last bytes would lie behind the kernel. */
static void page_partial(struct craft *craft)
{
    Elf32_Phdr *segment = craft_segment(craft, 0);
    uint32_t end = segment->p_vaddr + segment->p_memsz;

    segment->p_memsz = (end & ~0xFFFu) + 4 - segment->p_vaddr;
    note_number_set(craft, XEN_NOTE_HYPERCALL_PAGE, end & ~0xFFFu);
}

static void cut_header(struct craft *craft)
{
    craft->size = 40;
}

static void cut_programs(struct craft *craft)
{
    craft->size = craft->header->e_phoff + sizeof(Elf32_Phdr) + 4;
}

static void cut_segment(struct craft *craft)
{
    craft->size = craft_segment(craft, 0)->p_offset + craft_segment(craft, 0)->p_filesz - 1;
}

/* The notes are still there: without them it would be no paravirtual kernel at all. */
static void cut_notes(struct craft *craft)
{
    craft->size = craft->programs[1].p_offset + craft->programs[1].p_filesz;
}

static void note_outside(struct craft *craft)
{
    craft->programs[1].p_filesz = 0x7FFFFFFF;
}

#define NO_KERNEL "it is no kernel that this hypervisor can boot"

/* Most are made by a function; of some a note's number is all that is wrong. */
#define MADE(name, make, reason)          { name, make, reason, 0, 0 }
#define NUMBER(name, note, value, reason) { name, NULL, reason, note, value }

static const struct flaw flaws[] = {
    MADE("machine-wrong", machine_wrong, "it is an ELF file, but no 32-bit x86 executable"),
    MADE("relocatable", relocatable, "it is an ELF file, but no 32-bit x86 executable"),
    MADE("notes-renamed", notes_renamed, NO_KERNEL),
    MADE("pae-no", pae_no, "it is not built for PAE (PAE_MODE in its Xen notes)"),
    MADE("pae-unsaid", pae_unsaid, "it is not built for PAE (PAE_MODE in its Xen notes)"),
    MADE("loader-other", loader_other, "its Xen notes do not ask for the generic loader (LOADER)"),
    MADE("version-other", version_other, "its Xen notes do not ask for the interface xen-3.0 (XEN_VERSION)"),
    MADE("number-short", number_short, "it has a Xen note whose value should be a number and is none"),
    NUMBER("base-crooked", XEN_NOTE_VIRT_BASE, 0x123,
           "its memory would not begin on a page boundary (VIRT_BASE in its Xen notes)"),
    NUMBER("base-high", XEN_NOTE_VIRT_BASE, 0xF5700000,
           "it has a segment in the hypervisor's part of the address space"),
    NUMBER("base-wraps", XEN_NOTE_VIRT_BASE, 0xFFF00000,
           "it has a segment that wraps around the address space"),
    NUMBER("offset-high", XEN_NOTE_PADDR_OFFSET, 0x200000,
           "it has a segment below its memory (PADDR_OFFSET in its Xen notes)"),
    MADE("low-start", low_start, "it wants more of the address space than it can get (HV_START_LOW in its Xen notes)"),
    MADE("segment-wraps", segment_wraps, "it has a segment that wraps around the address space"),
    MADE("segment-short", segment_short, "it has a segment larger in the file than in memory"),
    MADE("segment-large", segment_large, "it is larger than its memory"),
    MADE("segment-just", segment_just, "it is larger than its memory, with what belongs to it; give it more with mem="),
    MADE("segment-none", segment_none, "it has nothing to load that can be written or executed"),
    MADE("overlap", segments_overlap, "it has overlapping segments"),
    NUMBER("entry-low", XEN_NOTE_ENTRY, 0x1000,
           "its entry point lies outside the kernel"),
    NUMBER("entry-high", XEN_NOTE_ENTRY, 0xF8100000,
           "its entry point lies outside the kernel"),
    NUMBER("page-crooked", XEN_NOTE_HYPERCALL_PAGE, 0x101004,
           "its hypercall page is not on a page boundary"),
    NUMBER("page-low", XEN_NOTE_HYPERCALL_PAGE, 0,
           "its hypercall page lies outside the kernel"),
    NUMBER("page-high", XEN_NOTE_HYPERCALL_PAGE, 0xF8100000,
           "its hypercall page lies outside the kernel"),
    MADE("page-partial", page_partial, "its hypercall page lies outside the kernel"),
    MADE("cut-header", cut_header, NO_KERNEL),
    MADE("cut-programs", cut_programs, NO_KERNEL),
    MADE("cut-segment", cut_segment, "it is truncated: a segment lies behind the end of the file"),
    MADE("cut-notes", cut_notes, "it is truncated: a segment lies behind the end of the file"),
    MADE("note-outside", note_outside, "it is truncated: its notes lie behind the end of the file"),
};

#define FLAWS (sizeof(flaws) / sizeof(*flaws))

static char *flawed_write(const struct flaw *flaw)
{
    struct craft craft = craft_read(GOOD);
    char *path, *name = text_format("%s.elf", flaw->name), *module;

    if (flaw->make)
        flaw->make(&craft);
    else
        note_number_set(&craft, flaw->note, flaw->number);
    path = craft_write(&craft, craft.size, folder, name);
    module = text_format("%s mem=4M", path);
    free(path);
    free(name);
    craft_free(&craft);
    return module;
}

static struct scene batch_run(const struct flaw *first, size_t count)
{
    const char *guests[BATCH + 3] = { BARE " demo" };

    for (size_t i = 0; i < count; i++)
        guests[i + 1] = flawed_write(&first[i]);
    guests[count + 1] = GOOD;
    return scene_guests("isolation=paging", guests);
}

/* Runs of BATCH flaws each, made when the first of them is looked at. */
static const struct scene *scene_of(size_t index)
{
    static struct scene scenes[(FLAWS + BATCH - 1) / BATCH];
    struct scene *scene = &scenes[index / BATCH];
    size_t first = index / BATCH * BATCH;

    if (!scene->console)
        *scene = batch_run(&flaws[first], FLAWS - first < BATCH ? FLAWS - first : BATCH);
    return scene;
}

static void refused_for_its_reason(void **state)
{
    const struct flaw *flaw = *state;
    char *line = text_format("\nguest %s: refused: %s", flaw->name, flaw->reason);

    expect_words(scene_of((size_t)(flaw - flaws)), line);
    free(line);
}

static void others_run_and_nothing_is_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < FLAWS; i += BATCH) {
        const struct scene *scene = scene_of(i);

        expect_bare(scene, "bare");
        expect_words(scene, "(registers): ended, status 0\r\n");
        expect_no_words(scene, "panic: ");
        expect_code(scene, MACHINE_GUEST_FAILURE);
    }
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    static struct CMUnitTest tests[FLAWS + 1] = { cmocka_unit_test(others_run_and_nothing_is_lost) };

    for (size_t i = 0; i < FLAWS; i++)
        tests[i + 1] = (struct CMUnitTest){
            .name = text_format("refused_for_its_reason: %s", flaws[i].name),
            .test_func = refused_for_its_reason,
            .initial_state = (void *)(uintptr_t)&flaws[i],
        };
    return tests_run("paravirtual images", tests, FLAWS + 1, folder_make, folder_remove);
}
