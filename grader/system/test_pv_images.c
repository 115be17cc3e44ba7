/*
 * Images that the domain builder refuses, each for its reason, while two guests run beside them and every frame comes
 * back (the hypervisor panics at the end when one does not). Many are refused in one run: a crafted image is a boot
 * module like any other. Then what a ramdisk is and is not (module=), and Debian's GRUB, a kernel nobody here wrote.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi_start.h"
#include "elf_craft.h"
#include "scene.h"
#include "scratch.h"

#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define GOOD       PV_KERNELS "registers.elf"
#define RAMDISK    PV_KERNELS "ramdisk.elf"
#define GRUB       "/usr/lib/grub-xen/grub-i386-xen.bin"
#define BATCH      14 /* images of one run; two good guests more, and the boot protocol's 16 modules are full */

static char *folder;

/* What is wrong with an image, and the sentence about it. */
struct flaw {
    const char *name; /* also the guest's: 15 letters */
    void (*make)(struct craft *craft);
    const char *reason;
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

static void base_crooked(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_VIRT_BASE, 0x123);
}

static void base_high(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_VIRT_BASE, 0xF5700000);
}

static void base_wraps(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_VIRT_BASE, 0xFFF00000);
}

static void offset_high(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_PADDR_OFFSET, 0x200000);
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

static void entry_low(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_ENTRY, 0x1000);
}

static void entry_high(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_ENTRY, 0xF8100000);
}

static void page_crooked(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_HYPERCALL_PAGE, 0x101004);
}

static void page_low(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_HYPERCALL_PAGE, 0);
}

static void page_high(struct craft *craft)
{
    note_number_set(craft, XEN_NOTE_HYPERCALL_PAGE, 0xF8100000);
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

static const struct flaw flaws[] = {
    { "machine-wrong", machine_wrong, "it is an ELF file, but no 32-bit x86 executable" },
    { "relocatable", relocatable, "it is an ELF file, but no 32-bit x86 executable" },
    { "notes-renamed", notes_renamed, NO_KERNEL },
    { "pae-no", pae_no, "it is not built for PAE (PAE_MODE in its Xen notes)" },
    { "pae-unsaid", pae_unsaid, "it is not built for PAE (PAE_MODE in its Xen notes)" },
    { "loader-other", loader_other, "its Xen notes do not ask for the generic loader (LOADER)" },
    { "version-other", version_other, "its Xen notes do not ask for the interface xen-3.0 (XEN_VERSION)" },
    { "number-short", number_short, "it has a Xen note whose value should be a number and is none" },
    { "base-crooked", base_crooked, "its memory would not begin on a page boundary (VIRT_BASE in its Xen notes)" },
    { "base-high", base_high, "it has a segment in the hypervisor's part of the address space" },
    { "base-wraps", base_wraps, "it has a segment that wraps around the address space" },
    { "offset-high", offset_high, "it has a segment below its memory (PADDR_OFFSET in its Xen notes)" },
    { "low-start", low_start, "it wants more of the address space than it can get (HV_START_LOW in its Xen notes)" },
    { "segment-wraps", segment_wraps, "it has a segment that wraps around the address space" },
    { "segment-short", segment_short, "it has a segment larger in the file than in memory" },
    { "segment-large", segment_large, "it is larger than its memory" },
    { "segment-just", segment_just, "it is larger than its memory, with what belongs to it; give it more with mem=" },
    { "segment-none", segment_none, "it has nothing to load that can be written or executed" },
    { "overlap", segments_overlap, "it has overlapping segments" },
    { "entry-low", entry_low, "its entry point lies outside the kernel" },
    { "entry-high", entry_high, "its entry point lies outside the kernel" },
    { "page-crooked", page_crooked, "its hypercall page is not on a page boundary" },
    { "page-low", page_low, "its hypercall page lies outside the kernel" },
    { "page-high", page_high, "its hypercall page lies outside the kernel" },
    { "page-partial", page_partial, "its hypercall page lies outside the kernel" },
    { "cut-header", cut_header, NO_KERNEL },
    { "cut-programs", cut_programs, NO_KERNEL },
    { "cut-segment", cut_segment, "it is truncated: a segment lies behind the end of the file" },
    { "cut-notes", cut_notes, "it is truncated: a segment lies behind the end of the file" },
    { "note-outside", note_outside, "it is truncated: its notes lie behind the end of the file" },
};

#define FLAWS (sizeof(flaws) / sizeof(*flaws))

static char *flawed_write(const struct flaw *flaw)
{
    struct craft craft = craft_read(GOOD);
    char *path, *name = text_format("%s.elf", flaw->name), *module;

    flaw->make(&craft);
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

#define SMALL 16 /* MiB of a machine whose memory runs out */

/* A run in which each guest wants a page less than the one before, beginning with `pages`. */
static struct scene stairs_run(unsigned pages)
{
    const char *guests[BATCH + 2] = { BARE " demo" };
    struct machine_setup setup = { .kernel = HYPERVISOR, .options = "isolation=paging", .modules = guests,
                                   .memory_mib = SMALL };

    for (unsigned i = 0; i < BATCH; i++)
        guests[i + 1] = text_format(GOOD " name=step%02u mem=%uK", i, (pages - i) * 4);
    return scene_run(&setup);
}

/*
 * Memory for a guest runs out at each frame that the builder takes in turn. The first run wants far too much and only
 * tells how many frames there are; in the second the pages alone are as many, and each step leaves one more for what a
 * domain has beside its pages, until everything fits.
 */
static void memory_that_runs_out_anywhere(void **state)
{
    struct scene first = stairs_run(SMALL << 8);
    const char *line = strstr(first.console, " MiB, ");
    unsigned refused, bare = (4 << 20) >> 12, beside = 4;

    (void)state;
    assert_non_null(line);
    assert_int_equal(words_count(first.console, ": refused: not enough memory is left for it"), BATCH);
    struct scene second = stairs_run((unsigned)strtoul(line + 6, NULL, 10) - bare - beside);
    refused = words_count(second.console, ": refused: not enough memory is left for it");
    printf("%u of %d steps are refused\n", refused, BATCH);
    assert_in_range(refused, 1, BATCH - 1);
    expect_no_words(&second, "panic: ");
    expect_words(&second, "): ended, status 0");
    expect_bare(&second, "bare");
    scene_free(&second);
    scene_free(&first);
}

/* Three bytes more than two pages, none of them zero at the end. */
#define DISK_SIZE 8195

static char *disk_write(unsigned *sum)
{
    char *path = text_format("%s/disk.bin", folder), bytes[DISK_SIZE + 1];

    *sum = 0;
    for (unsigned i = 0; i < DISK_SIZE; i++) {
        bytes[i] = (char)('!' + i * 7 % 90);
        *sum += (unsigned)bytes[i];
    }
    bytes[DISK_SIZE] = '\0';
    assert_true(file_write(path, bytes));
    return path;
}

/* It may stand before or behind the kernel, two kernels may share it, and it is started as a guest for neither. */
static void a_ramdisk_is_the_kernels_to_read(void **state)
{
    unsigned sum;
    char *disk = disk_write(&sum), *line = text_format("ramdisk: %u bytes, sum %u\n", DISK_SIZE, sum);
    const char *guests[] = { RAMDISK " name=one module=disk", disk, RAMDISK " name=two module=disk mem=6M", NULL };
    struct scene scene = scene_guests("isolation=paging", guests);
    char *one = scene_transcript(&scene, "one"), *two = scene_transcript(&scene, "two");

    (void)state;
    assert_memory_equal(one, line, strlen(line));
    assert_string_equal(one, two);
    expect_no_words(&scene, "disk)");
    expect_no_words(&scene, "refused");
    expect_code(&scene, MACHINE_SUCCESS);
    free(two);
    free(one);
    free(line);
    free(disk);
    scene_free(&scene);
}

static void ramdisks_that_cannot_be_had(void **state)
{
    unsigned sum;
    char *disk = disk_write(&sum), *huge = text_format("%s/huge.bin", folder);
    const char *guests[] = {
        BARE " demo", disk, huge, RAMDISK " name=none module=elsewhere", RAMDISK " name=itself module=itself",
        RAMDISK " name=nameless module=", RAMDISK " name=long module=sixteen-letters-",
        RAMDISK " name=full module=huge", RAMDISK " name=good module=disk", NULL,
    };

    (void)state;
    assert_true(file_write(huge, "x"));
    assert_int_equal(truncate(huge, 5 << 20), 0);
    struct scene scene = scene_guests("isolation=paging", guests);
    expect_words(&scene, "\nguest none: refused: its module= names no other boot module");
    expect_words(&scene, "\nguest itself: refused: its module= names no other boot module");
    expect_words(&scene, "\nguest nameless: refused: its name= and module= must have 1 to 15 letters");
    expect_words(&scene, "\nguest long: refused: its name= and module= must have 1 to 15 letters");
    expect_words(&scene, "\nguest full: refused: it is larger than its memory, with what belongs to it; give it more");
    expect_words(&scene, "[good] Test result: SUCCESS");
    expect_bare(&scene, "bare");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
    free(huge);
    free(disk);
}

/*
 * It runs in ring 1, and the log names the calls that it misses: the first is about grants. Then it goes on as if its
 * page tables had been written, and that is the end of it, and of nobody else.
 */
static void grub_is_accepted_and_asks_for_more(void **state)
{
    const char *guests[] = { GRUB " name=grub mem=16M", BARE " demo", NULL };

    (void)state;
    if (access(GRUB, R_OK) != 0)
        skip();
    struct scene scene = scene_guests("isolation=paging", guests);
    expect_words(&scene, "domain 0 (grub): started, 16384 KiB\r\n");
    const char *first = strstr(scene.console, "domain 0 (grub): hypercall ");
    assert_non_null(first);
    const char *line = "domain 0 (grub): hypercall 20 (grant_table_op) belongs to a higher floor\r\n";
    assert_memory_equal(first, line, strlen(line));
    expect_words(&scene, "domain 0 (grub): crashed: ");
    expect_bare(&scene, "bare");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
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
    static struct CMUnitTest tests[FLAWS + 5] = {
        cmocka_unit_test(memory_that_runs_out_anywhere),
        cmocka_unit_test(a_ramdisk_is_the_kernels_to_read),
        cmocka_unit_test(ramdisks_that_cannot_be_had),
        cmocka_unit_test(grub_is_accepted_and_asks_for_more),
        cmocka_unit_test(others_run_and_nothing_is_lost),
    };

    for (size_t i = 0; i < FLAWS; i++)
        tests[i + 5] = (struct CMUnitTest){
            .name = text_format("refused_for_its_reason: %s", flaws[i].name),
            .test_func = refused_for_its_reason,
            .initial_state = (void *)(uintptr_t)&flaws[i],
        };
    return tests_run("paravirtual images", tests, FLAWS + 5, folder_make, folder_remove);
}
