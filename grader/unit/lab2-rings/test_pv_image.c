/* sources: pv_image.c pv_notes.c pv_elf.c pv_symtab.c ../lab1-boot/elf.c */
/*
 * Unit tests of the reader of paravirtual kernels (floor 2): each rule of abi.md 1.1 and each reason for refusing, on
 * images made here with their notes in each of the three places; GRUB's own Xen image; then damaged images by the
 * hundred thousand. Each is parsed in an allocation of exactly its size; what is accepted is checked in 64 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi_hypercall.h"
#include "lab1-boot/xorshift.h"
#include "pv_image.h"
#include "pv_notes.h"

/* Where things are in the file. The code comes last: no byte of the file can be missing. */
#define PROGRAMS 52    /* three program headers: two to load, one for notes */
#define NOTES    0x98
#define LIST     0x200 /* text of __xen_guest */
#define NAMES    0x2c0 /* of sections */
#define SECTIONS 0x2e0 /* four section headers: null, notes, __xen_guest, names */
#define CODE     0x380
#define IMAGE    0x480
#define GRUB     "/usr/lib/grub-xen/grub-"
#define DAMAGED  200000

enum place { IN_PROGRAM, IN_SECTION, IN_LIST };

static uint8_t image[IMAGE];
static uint32_t notes_end;
static struct pv_image parsed;

static void put16(uint32_t at, uint32_t value)
{
    image[at] = (uint8_t)value;
    image[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint32_t at, uint32_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

/* `count` words: a program header has 8, a section header 10. */
static void words_put(uint32_t at, unsigned count, const uint32_t *words)
{
    for (unsigned i = 0; i < count; i++)
        put32(at + i * 4, words[i]);
}

static void program_put(unsigned index, uint32_t type, uint32_t offset, uint32_t address, uint32_t file_size,
                        uint32_t memory_size, uint32_t flags)
{
    words_put(PROGRAMS + index * 32, 8,
              (uint32_t[]){ type, offset, address, address, file_size, memory_size, flags, 4 });
}

static void section_put(unsigned index, uint32_t name, uint32_t type, uint32_t offset, uint32_t size)
{
    words_put(SECTIONS + index * 40, 10, (uint32_t[]){ name, type, 0, 0, offset, size, 0, 0, 4, 0 });
}

/* Where the notes are found by: the program header and the section header of notes say the same. */
static void notes_length(uint32_t size)
{
    put32(PROGRAMS + 2 * 32 + 16, size);
    put32(SECTIONS + 1 * 40 + 20, size);
}

static void note_put(uint32_t type, const void *value, uint32_t size)
{
    words_put(notes_end, 3, (uint32_t[]){ 4, size, type });
    memcpy(image + notes_end + 12, "Xen", 4);
    memcpy(image + notes_end + 16, value, size);
    notes_end += 16 + ((size + 3) & ~3u);
    assert_true(notes_end <= LIST);
    notes_length(notes_end - NOTES);
}

static void note_text(uint32_t type, const char *text)
{
    note_put(type, text, (uint32_t)strlen(text) + 1);
}

static void note_number(uint32_t type, uint32_t number)
{
    note_put(type, &number, 4);
}

/* Those without which nothing is accepted. */
static void notes_start(void)
{
    memset(image + NOTES, 0, LIST - NOTES);
    notes_end = NOTES;
    note_text(XEN_NOTE_LOADER, "generic");
    note_text(XEN_NOTE_XEN_VERSION, "xen-3.0");
}

static void list_put(const char *text)
{
    memset(image + LIST, 0, NAMES - LIST);
    memcpy(image + LIST, text, strlen(text));
    put32(SECTIONS + 2 * 40 + 20, (uint32_t)strlen(text)); /* without its NUL: the section's end is the list's */
}

/* A kernel at 0x100000-0x108000 with all its notes where `place` says. The other places have none. */
static void image_start(enum place place)
{
    memset(image, 0, sizeof(image));
    memcpy(image, "\177ELF\1\1\1", 7);
    words_put(16, 6, (uint32_t[]){ 0x30002, 1, 0x100020, PROGRAMS, SECTIONS, 0 });
    words_put(40, 3, (uint32_t[]){ 0x200034, 0x280003, 0x30004 });
    program_put(0, 1, CODE, 0x100000, 0x80, 0x7000, 7);
    program_put(1, 1, CODE + 0x80, 0x107000, 0x80, 0x1000, 6);
    program_put(2, place == IN_PROGRAM ? 4 : 0, NOTES, 0, 0, 0, 4);
    section_put(1, 0, place == IN_SECTION ? 7 : 1, NOTES, 0);
    section_put(2, place == IN_LIST ? 1 : 2, 1, LIST, 0);
    section_put(3, 0, 3, NAMES, 13);
    memcpy(image + NAMES, "\0__xen_guest", 13);
    notes_start();
    note_text(XEN_NOTE_PAE_MODE, "yes");
    list_put("GUEST_OS=Mini-OS,XEN_VER=xen-3.0,LOADER=generic,PAE=yes[extended-cr3],HYPERCALL_PAGE=0x102");
}

static int start(void **state)
{
    (void)state;
    image_start(IN_PROGRAM);
    return 0;
}

/* At an odd address, and with what the last image left behind still in `parsed`. */
static const char *parse(uint32_t size, bool *recognised)
{
    uint8_t *exact = malloc(size + 1u);
    const char *reason;

    memcpy(exact + 1, image, size);
    reason = pv_image_parse(exact + 1, size, &parsed);
    *recognised = pv_image_recognise(exact + 1, size);
    free(exact);
    return reason;
}

static void accepted(void)
{
    bool recognised;
    const char *reason = parse(IMAGE, &recognised);

    if (reason != NULL)
        fail_msg("refused: %s", reason);
    assert_true(recognised);
}

static void refused_as(const char *word, bool is_ours)
{
    bool recognised;
    const char *reason = parse(IMAGE, &recognised);

    if (reason == NULL || strstr(reason, word) == NULL)
        fail_msg("expected a reason with \"%s\", got %s", word, reason == NULL ? "none" : reason);
    assert_int_equal(recognised, is_ours);
}

static void refused(const char *word)
{
    refused_as(word, true);
}

static void good_image(void **state)
{
    (void)state;
    accepted();
    assert_int_equal(parsed.virt_base, 0);
    assert_int_equal(parsed.paddr_offset, 0);
    assert_int_equal(parsed.entry, 0x100020);
    assert_int_equal(parsed.kernel_start, 0x100000);
    assert_int_equal(parsed.kernel_end, 0x108000);
    assert_int_equal(parsed.segment_count, 2);
    assert_int_equal(parsed.segments[1].offset, CODE + 0x80);
    assert_int_equal(parsed.segments[1].address, 0x107000);
    assert_int_equal(parsed.segments[1].virtual_address, 0x107000);
    assert_int_equal(parsed.segments[1].file_size, 0x80);
    assert_int_equal(parsed.segments[1].memory_size, 0x1000);
    assert_true(parsed.is_pae && !parsed.has_extended_cr3 && !parsed.has_hypercall_page && !parsed.wants_symtab);
    assert_string_equal(parsed.guest_os, "");
    assert_int_equal(pv_symtab_size(&parsed), 0);
}

static void every_note(void **state)
{
    (void)state;
    note_text(XEN_NOTE_PAE_MODE, "bimodal[extended-cr3]"); /* the later one counts */
    note_text(XEN_NOTE_GUEST_OS, "a \033[2Jkernel with too long a name for one line");
    note_number(XEN_NOTE_VIRT_BASE, 0xc0000000);
    note_number(XEN_NOTE_PADDR_OFFSET, 0x80000);
    note_number(XEN_NOTE_ENTRY, 0xc0080000);
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0xc0087000); /* the last page of all */
    accepted();
    assert_int_equal(parsed.paddr_offset, 0x80000);
    assert_int_equal(parsed.segments[0].address, 0x80000);
    assert_int_equal(parsed.segments[0].virtual_address, 0xc0080000);
    assert_int_equal(parsed.kernel_end, 0xc0088000);
    assert_int_equal(parsed.entry, 0xc0080000);
    assert_true(parsed.has_hypercall_page && parsed.has_extended_cr3 && parsed.is_pae);
    assert_int_equal(parsed.hypercall_page, 0xc0087000);
    assert_string_equal(parsed.guest_os, "a ?[2Jkernel with too long a na");
}

static void notes_in_a_section(void **state)
{
    (void)state;
    image_start(IN_SECTION);
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0x101000);
    accepted();
    assert_int_equal(parsed.hypercall_page, 0x101000);
    put32(32, IMAGE - 159); /* section headers */
    refused_as("truncated", false);
    put32(32, SECTIONS);
    put32(SECTIONS + 40 + 20, IMAGE);
    refused("truncated");
}

/* Numbers of pages, and addresses that have virt_base in them unless something else is said. */
static void notes_in_a_list(void **state)
{
    (void)state;
    image_start(IN_LIST);
    accepted();
    assert_true(parsed.has_extended_cr3 && parsed.has_hypercall_page && !parsed.wants_symtab);
    assert_int_equal(parsed.hypercall_page, 0x102000);
    assert_string_equal(parsed.guest_os, "Mini-OS");
    list_put("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,VIRT_BASE=0x100000,VIRT_ENTRY=1048592,HYPERCALL_PAGE=1,"
             "BSD_SYMTAB");
    accepted();
    assert_int_equal(parsed.paddr_offset, 0x100000);
    assert_int_equal(parsed.segments[0].address, 0);
    assert_int_equal(parsed.kernel_start, 0x100000);
    assert_int_equal(parsed.entry, 0x100010);
    assert_int_equal(parsed.hypercall_page, 0x101000);
    assert_true(parsed.wants_symtab);
    list_put("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,VIRT_BASE=0x100000,ELF_PADDR_OFFSET=0,VIRT_ENTRY=0x200aBc,,=,X");
    accepted();
    assert_int_equal(parsed.kernel_start, 0x200000);
    assert_int_equal(parsed.entry, 0x200abc);
}

static void bad_lists(void **state)
{
    static const struct {
        const char *end, *word;
    } cases[] = {
        { "HYPERCALL_PAGE=0x100000", "outside" },  { "HYPERCALL_PAGE=0xffffffff", "outside" },
        { "HYPERCALL_PAGE=0x100102", "outside" },  { "HYPERCALL_PAGE=", "number" },
        { "HYPERCALL_PAGE=0x108", "outside" },     { "HYPERCALL_PAGE=4294967296", "number" },
        { "VIRT_BASE", "number" },                 { "VIRT_BASE=1g", "number" },
        { "VIRT_BASE=0x", "number" },              { "VIRT_BASE=0x10000000z", "number" },
        { "VIRT_BASE=0x10", "page boundary" },     { "VIRT_ENTRY=-1", "number" },
        { "PAE=no", "PAE" },                       { "LOADER=generic2", "LOADER" },
    };
    char list[120];

    (void)state;
    image_start(IN_LIST);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(list, sizeof(list), "LOADER=generic,XEN_VER=xen-3.0,PAE=yes,%s", cases[i].end);
        list_put(list);
        refused(cases[i].word);
    }
    list_put("");
    refused("LOADER");
    memcpy(image + IMAGE - 13, "PAE=yes,LOADE", 13); /* the file ends within the list */
    put32(SECTIONS + 2 * 40 + 16, IMAGE - 13);
    put32(SECTIONS + 2 * 40 + 20, 13);
    refused("LOADER");
    put32(SECTIONS + 2 * 40 + 16, IMAGE);
    put32(SECTIONS + 2 * 40 + 20, 1);
    refused("truncated");
}

/* Each place hides those behind it. */
static void places_in_order(void **state)
{
    (void)state;
    put32(SECTIONS + 40 + 4, 7);
    put32(SECTIONS + 40 + 16, 0xffffffff); /* would be truncated */
    put32(SECTIONS + 2 * 40, 1);
    accepted();
    assert_false(parsed.has_hypercall_page);
    image_start(IN_SECTION);
    put32(SECTIONS + 2 * 40, 1);
    accepted();
    assert_false(parsed.has_hypercall_page);
    put32(SECTIONS + 40 + 4, 1);
    accepted();
    assert_true(parsed.has_hypercall_page);
}

static void no_notes(void **state)
{
    (void)state;
    notes_length(0);
    refused_as("no Xen notes", false);
    image_start(IN_LIST);
    image[NAMES + 1] = 'X';
    refused_as("no Xen notes", false);
    image_start(IN_LIST);
    put32(SECTIONS + 3 * 40 + 20, 12); /* the name without its NUL */
    refused_as("no Xen notes", false);
    image_start(IN_LIST);
    put16(50, 9);
    refused_as("no Xen notes", false);
    image_start(IN_PROGRAM);
    image[NOTES + 12] = 'G'; /* the first of another owner: passed over */
    refused("LOADER");
    put32(NOTES + 4, 0xffffffff); /* and as long as can be: nothing is behind it */
    refused_as("no Xen notes", false);
    put32(NOTES, 0xffffffff);
    refused_as("no Xen notes", false);
    start(NULL);
    notes_end = NOTES;
    note_number(XEN_NOTE_PHYS32_ENTRY, 0x100000);
    refused_as("no Xen notes", false);
    note_number(XEN_NOTE_PHYS32_ENTRY + 1, 1);
    refused_as("no Xen notes", false);
}

/* GRUB's last note is cut like this. */
static void last_note_is_clipped(void **state)
{
    (void)state;
    put32(notes_end - 16, 12);
    accepted();
    put32(notes_end - 16, 0xffffffff);
    accepted();
    notes_length(notes_end - 1 - NOTES); /* the NUL is gone */
    accepted();
    notes_length(notes_end - 2 - NOTES);
    refused("PAE");
    start(NULL);
    note_number(XEN_NOTE_ENTRY, 0x100020);
    notes_length(notes_end - 1 - NOTES);
    refused("number");
    notes_length(notes_end - 5 - NOTES); /* not even its name: it does not count */
    accepted();
    notes_length(notes_end - 9 - NOTES);
    accepted();
}

static void kinds_of_kernel(void **state)
{
    (void)state;
    notes_start();
    refused("PAE");
    note_text(XEN_NOTE_PAE_MODE, "no");
    refused("PAE");
    note_text(XEN_NOTE_PAE_MODE, "bimodal");
    accepted();
    note_text(XEN_NOTE_LOADER, "special");
    refused("LOADER");
    note_text(XEN_NOTE_GUEST_OS, "linux");
    accepted();
    note_text(XEN_NOTE_XEN_VERSION, "xen-4.0");
    refused("XEN_VERSION");
    note_text(XEN_NOTE_XEN_VERSION, "xen-3.0");
    note_number(XEN_NOTE_HV_START_LOW, HYPERVISOR_VIRT_START);
    accepted();
    note_number(XEN_NOTE_HV_START_LOW, HYPERVISOR_VIRT_START + 1);
    refused("HV_START_LOW");
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (enum place place = IN_PROGRAM; place <= IN_LIST; place++)
        for (uint32_t size = 0; size < IMAGE; size++) {
            bool recognised;
            const char *reason;

            image_start(place);
            reason = parse(size, &recognised);
            assert_non_null(reason);
            assert_non_null(strstr(reason, size < 4 ? "no ELF" : "truncated"));
            assert_true(recognised || size < CODE);
            assert_false(recognised && size < PROGRAMS);
        }
}

/* What belongs to no other floor's kernel is not taken, whatever notes it has. */
static void other_kinds_of_file(void **state)
{
    static const struct {
        unsigned at;
        uint8_t value;
        bool is_ours;
        const char *word;
    } cases[] = {
        { 0, 0, false, "no ELF" }, { 4, 2, false, "32-bit" }, { 5, 2, false, "32-bit" }, { 18, 62, true, "32-bit" },
        { 16, 3, true, "32-bit" }, { 42, 56, false, "program headers" }, { 44, 0, false, "program headers" },
        { PROGRAMS + 16, 0x81, true, NULL }, { PROGRAMS + 18, 1, true, "larger in the file" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(NULL);
        image[cases[i].at] = cases[i].value;
        if (cases[i].word == NULL)
            accepted();
        else
            refused_as(cases[i].word, cases[i].is_ours);
    }
}

/* Only what can be written or executed is loaded. */
static void segments(void **state)
{
    (void)state;
    program_put(1, 1, CODE, 0x100800, 4, 4, 4);
    accepted();
    assert_int_equal(parsed.segment_count, 1);
    assert_int_equal(parsed.kernel_end, 0x107000);
    program_put(1, 1, CODE, 0x100800, 0, 0, 7);
    accepted();
    assert_int_equal(parsed.segment_count, 1);
    program_put(0, 1, CODE, 0x100000, 4, 4, 4);
    refused("nothing to load");
    for (uint32_t address = 0xff001; address < 0x107000; address += 0x7ff) {
        start(NULL);
        program_put(1, 1, CODE, address, 4, 0x1000, 7);
        refused("overlapping");
    }
    program_put(1, 1, CODE, 0xff000, 4, 0x1000, 7);
    accepted();
    assert_int_equal(parsed.kernel_start, 0xff000);
    program_put(1, 1, CODE, 0x90000, 4, 0x100000, 7); /* around the other */
    refused("overlapping");
}

static void address_space(void **state)
{
    (void)state;
    program_put(1, 1, CODE, HYPERVISOR_VIRT_START - 0x1000, 4, 0x1000, 7);
    accepted();
    assert_int_equal(parsed.kernel_end, HYPERVISOR_VIRT_START);
    program_put(1, 1, CODE, HYPERVISOR_VIRT_START - 0x1000, 4, 0x1001, 7);
    refused("0xf5800000");
    program_put(1, 1, CODE, 0xfffff000, 4, 0xfff, 7);
    refused("0xf5800000");
    program_put(1, 1, CODE, 0xfffff000, 4, 0x1000, 7);
    refused("wraps");
    start(NULL);
    note_number(XEN_NOTE_VIRT_BASE, 0xfff00000);
    refused("wraps");
    note_number(XEN_NOTE_VIRT_BASE, 0xf5700000);
    refused("0xf5800000");
    note_number(XEN_NOTE_VIRT_BASE, 0xf5600800);
    refused("page boundary");
    start(NULL);
    note_number(XEN_NOTE_PADDR_OFFSET, 0x100001);
    refused("below");
    note_number(XEN_NOTE_PADDR_OFFSET, 0x100000);
    refused("entry");
}

static void entry_and_hypercall_page(void **state)
{
    (void)state;
    put32(24, 0xfffff);
    refused("entry");
    put32(24, 0x108000);
    refused("entry");
    put32(24, 0x107fff);
    accepted();
    note_number(XEN_NOTE_ENTRY, 0);
    refused("entry");
    start(NULL);
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0x100004);
    refused("page boundary");
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0x108000);
    refused("outside");
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0xff000);
    refused("outside");
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0xfffff000);
    refused("outside");
    start(NULL);
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0x107000);
    program_put(1, 1, CODE, 0x107000, 4, 0xfff, 7);
    refused("outside");
}

static void memory(void **state)
{
    (void)state;
    accepted();
    assert_null(pv_image_fits(&parsed, 0x108000));
    assert_non_null(strstr(pv_image_fits(&parsed, 0x107fff), "mem="));
    note_number(XEN_NOTE_VIRT_BASE, 0xc0000000);
    note_number(XEN_NOTE_ENTRY, 0xc0100000);
    accepted();
    assert_null(pv_image_fits(&parsed, 0x108000));
}

static uint32_t get32(const uint8_t *from)
{
    return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t)from[3] << 24;
}

static void symbol_table(void **state)
{
    uint8_t table[PV_SYMTAB_MAX + 1];
    uint32_t size;

    (void)state;
    program_put(1, 1, CODE, 0x107000, 4, 0xffd, 7);
    note_text(XEN_NOTE_BSD_SYMTAB, "yes");
    accepted();
    size = pv_symtab_size(&parsed);
    assert_int_equal(parsed.symtab, 0x108000);
    assert_int_equal(parsed.kernel_end, 0x108000 + size);
    assert_in_range(size, 4 + 52 + 3 * 40, PV_SYMTAB_MAX);
    memset(table, 0xaa, sizeof(table));
    pv_symtab_write(&parsed, table);
    assert_int_equal(table[size], 0xaa);
    assert_int_equal(get32(table), size - 4);
    assert_memory_equal(table + 4, "\177ELF\1\1\1", 7);
    assert_int_equal(get32(table + 4 + 32), 52); /* the section headers follow at once: nothing between */
    assert_int_equal(get32(table + 4 + 46), 40 | 3 << 16);
    assert_int_equal(get32(table + 4 + 52 + 40 + 4), 2);
    assert_int_equal(get32(table + 4 + 52 + 80 + 4), 3);
    for (unsigned i = 1; i < 3; i++) { /* both parts lie within the table */
        const uint8_t *section = table + 4 + 52 + i * 40;

        assert_true(get32(section + 16) + get32(section + 20) <= size - 4);
    }
    program_put(1, 1, CODE, HYPERVISOR_VIRT_START - 0x1000, 4, 0x1000 - size + 4, 7);
    refused("symbol table");
    note_text(XEN_NOTE_BSD_SYMTAB, "no");
    accepted();
    assert_int_equal(pv_symtab_size(&parsed), 0);
}

/* The file in an allocation of its own size; NULL: it is not installed. */
static uint8_t *file_read(const char *path, uint32_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(8 << 20);

    if (file == NULL) {
        free(bytes);
        return NULL;
    }
    *size = (uint32_t)fread(bytes, 1, 8 << 20, file);
    fclose(file);
    bytes = realloc(bytes, *size);
    assert_non_null(bytes);
    return bytes;
}

/* Figures of abi.md 1.1, independent of its version: entry 0, everything from 0, two segments, no hypercall page. */
static void grub(void **state)
{
    uint32_t size;
    uint8_t *bytes = file_read(GRUB "i386-xen.bin", &size);
    const char *reason;

    (void)state;
    if (bytes == NULL) {
        print_message(GRUB "i386-xen.bin is not there; install grub-xen-bin to have it tried\n");
        skip();
    }
    reason = pv_image_parse(bytes, size, &parsed);
    assert_null(reason);
    assert_true(pv_image_recognise(bytes, size));
    assert_true(parsed.is_pae && !parsed.has_hypercall_page && !parsed.wants_symtab);
    assert_int_equal(parsed.virt_base | parsed.entry | parsed.kernel_start, 0);
    assert_int_equal(parsed.segment_count, 2);
    assert_in_range(parsed.kernel_end, 0x420000, 0x800000);
    assert_string_equal(parsed.guest_os, "GRUB");
    for (uint32_t cut = size - 1; cut > 0x10000; cut -= 0x8000) {
        bytes = realloc(bytes, cut);
        assert_non_null(bytes);
        assert_non_null(pv_image_parse(bytes, cut, &parsed));
    }
    free(bytes);
}

/* Its siblings of the same package: 64-bit, and for hardware virtualisation. */
static void grub_for_others(void **state)
{
    static const char *const others[] = { GRUB "x86_64-xen.bin", GRUB "i386-xen_pvh.bin" };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t size;
        uint8_t *bytes = file_read(others[i], &size);

        if (bytes == NULL)
            skip();
        assert_false(pv_image_recognise(bytes, size));
        assert_non_null(pv_image_parse(bytes, size, &parsed));
        free(bytes);
    }
}

/* What pv_build.c relies on, in arithmetic that cannot wrap. */
static void segments_are_safe(uint32_t size)
{
    assert_in_range(parsed.segment_count, 1, PV_SEGMENTS_MAX);
    for (uint32_t i = 0; i < parsed.segment_count; i++) {
        const struct pv_segment *a = &parsed.segments[i];

        assert_true((uint64_t)a->offset + a->file_size <= size);
        assert_true(a->file_size <= a->memory_size && a->memory_size > 0);
        assert_true((uint64_t)a->address + parsed.virt_base == a->virtual_address);
        assert_true(a->virtual_address >= parsed.kernel_start);
        assert_true((uint64_t)a->virtual_address + a->memory_size <= parsed.kernel_end);
        for (uint32_t j = 0; j < i; j++) {
            const struct pv_segment *b = &parsed.segments[j];

            assert_true((uint64_t)a->address + a->memory_size <= b->address ||
                        (uint64_t)b->address + b->memory_size <= a->address);
        }
    }
}

static void accepted_is_safe(uint32_t size)
{
    segments_are_safe(size);
    assert_true(parsed.is_pae && parsed.virt_base % 4096 == 0 && parsed.virt_base <= parsed.kernel_start);
    assert_true(parsed.kernel_end <= HYPERVISOR_VIRT_START);
    assert_true(parsed.entry >= parsed.kernel_start && parsed.entry < parsed.kernel_end);
    assert_non_null(memchr(parsed.guest_os, '\0', PV_GUEST_OS_SIZE));
    if (parsed.has_hypercall_page) {
        assert_int_equal(parsed.hypercall_page % 4096, 0);
        assert_true(parsed.hypercall_page >= parsed.kernel_start);
        assert_true((uint64_t)parsed.hypercall_page + 4096 <= parsed.kernel_end);
    }
    if (parsed.wants_symtab)
        assert_true((uint64_t)parsed.symtab + pv_symtab_size(&parsed) == parsed.kernel_end);
}

/* A word or a byte of what says something: headers, notes, the list, the names, the sections. */
static void damage(uint64_t *seed)
{
    static const uint32_t odd[] = { 0, 1, 4, 7, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, 0xfffffff0,
                                    IMAGE, IMAGE - 1, 0x100000, 0x107000, 0x108000, HYPERVISOR_VIRT_START };
    uint32_t at = 16 + xorshift_next(seed) % (CODE - 16);

    switch (xorshift_next(seed) % 4) {
    case 0:
        image[at] = (uint8_t)xorshift_next(seed);
        break;
    case 1:
        image[at] = (uint8_t)(image[at] ^ 1u << xorshift_next(seed) % 8);
        break;
    case 2:
        put32(at & ~3u, odd[xorshift_next(seed) % (sizeof(odd) / sizeof(odd[0]))]);
        break;
    default: /* one part over another */
        memmove(image + at, image + xorshift_next(seed) % (IMAGE - 32), CODE - at < 32 ? CODE - at : 32);
    }
}

/* A kernel with something to say in each place, found in one, and with more or less damage. */
static void damaged_image(uint64_t *seed)
{
    image_start((enum place)(xorshift_next(seed) % 3));
    note_number(XEN_NOTE_HYPERCALL_PAGE, 0x102000);
    note_text(XEN_NOTE_BSD_SYMTAB, "yes");
    note_number(XEN_NOTE_VIRT_BASE, xorshift_next(seed) % 4 ? 0 : xorshift_next(seed) & 0xfff000);
    note_number(XEN_NOTE_PADDR_OFFSET, 0);
    note_text(XEN_NOTE_GUEST_OS, "some kernel");
    for (unsigned i = 1 + xorshift_next(seed) % 6; i > 0; i--)
        damage(seed);
}

static void damaged_images(void **state)
{
    unsigned good = 0, ours = 0;
    uint64_t seed = 41;

    (void)state;
    for (unsigned i = 0; i < DAMAGED; i++) {
        uint32_t size = xorshift_next(&seed) % 16 ? IMAGE : xorshift_next(&seed) % IMAGE;
        bool recognised;

        damaged_image(&seed);
        if (parse(size, &recognised) == NULL) {
            accepted_is_safe(size);
            assert_true(recognised);
            good++;
        }
        ours += recognised;
    }
    assert_in_range(good, DAMAGED / 10, DAMAGED - DAMAGED / 10); /* both ways are really gone */
    assert_in_range(ours, good + DAMAGED / 10, DAMAGED - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_image, start),
        cmocka_unit_test_setup(every_note, start),
        cmocka_unit_test_setup(notes_in_a_section, start),
        cmocka_unit_test_setup(notes_in_a_list, start),
        cmocka_unit_test_setup(bad_lists, start),
        cmocka_unit_test_setup(places_in_order, start),
        cmocka_unit_test_setup(no_notes, start),
        cmocka_unit_test_setup(last_note_is_clipped, start),
        cmocka_unit_test_setup(kinds_of_kernel, start),
        cmocka_unit_test_setup(cut_at_every_length, start),
        cmocka_unit_test_setup(other_kinds_of_file, start),
        cmocka_unit_test_setup(segments, start),
        cmocka_unit_test_setup(address_space, start),
        cmocka_unit_test_setup(entry_and_hypercall_page, start),
        cmocka_unit_test_setup(memory, start),
        cmocka_unit_test_setup(symbol_table, start),
        cmocka_unit_test(grub),
        cmocka_unit_test(grub_for_others),
        cmocka_unit_test_setup(damaged_images, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
