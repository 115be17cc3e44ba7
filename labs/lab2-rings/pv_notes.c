/*
 * Xen notes (floor 2, pure). Kernels keep them in three places, and each of the three is the only one of some kernel:
 *
 *   1. program headers of type PT_NOTE       GRUB, whose section of notes has another type
 *   2. sections of type SHT_NOTE             Mini-OS, linked without such a program header
 *   3. section __xen_guest                   old kernels: "LOADER=generic,PAE=yes,HYPERCALL_PAGE=0x2"
 *
 * The first that yields any is used. In 1 and 2 notes stand one behind the other, each part at a multiple of 4:
 *
 *      | name size | value size | type | "Xen\0" | value ... pad | name size | ...
 *
 * The last one may say that it is longer than the area it is in (GRUB's is): its value is cut where the area ends.
 */
#include "pv_notes.h"
#include <stddef.h>
#include "text.h"

/*
 * What is left of an area. Moves forward only, and `left` says how far it may: no pointer behind the end is ever made.
 */
struct cursor {
    const uint8_t *at;
    uint32_t left;
};

struct note_header {
    uint32_t name_size, value_size, type; /* sizes without padding */
};

/* Take `count` bytes and their padding, or what is left. Nothing here can pass the end, whatever `count` is. */
static struct pv_elf_view cursor_take(struct cursor *cursor, uint32_t count)
{
    struct pv_elf_view taken = { cursor->at, count < cursor->left ? count : cursor->left };
    uint32_t padding = -taken.size & 3;

    cursor->at += taken.size;
    cursor->left -= taken.size;
    padding = padding < cursor->left ? padding : cursor->left; /* the last one's may be missing */
    cursor->at += padding;
    cursor->left -= padding;
    return taken;
}

/* A type that comes twice: the last one counts. PHYS32_ENTRY alone is a kernel for hardware virtualisation. */
static void note_set(struct pv_notes *notes, uint32_t type, struct pv_note note)
{
    if (type >= PV_NOTE_TYPES)
        return;
    note.is_present = true; /* even with an empty value */
    notes->types[type] = note; /* below PV_NOTE_TYPES, as has been seen to */
    if (type != XEN_NOTE_PHYS32_ENTRY)
        notes->is_found = true;
}

/*
 * A value of 4 bytes and more may be a number; which are is for the reader of the notes to know. Copied out byte by
 * byte: a file with damaged sizes has its notes at odd places.
 */
static struct pv_note note_of(struct pv_elf_view value)
{
    struct pv_note note = { .text = (const char *)value.bytes, .length = value.size };

    if (value.size >= sizeof(note.number)) {
        note.is_number = true;
        memcpy(&note.number, value.bytes, sizeof(note.number));
    }
    return note;
}

/*
 * An area of notes; those of other owners (GNU's build id) are passed over, by the name, for the types of different
 * owners overlap. Ends by itself: each round takes a header at least.
 */
static void area_read(struct pv_elf_view area, struct pv_notes *notes)
{
    struct cursor cursor = { area.bytes, area.size };
    struct note_header header;
    struct pv_elf_view name, value;

    while (cursor.left >= sizeof(header)) {
        memcpy(&header, cursor_take(&cursor, sizeof(header)).bytes, sizeof(header));
        name = cursor_take(&cursor, header.name_size);
        value = cursor_take(&cursor, header.value_size);
        if (header.name_size == 4 && name.size == 4 && memcmp(name.bytes, "Xen", 4) == 0)
            note_set(notes, header.type, note_of(value));
    }
}

/* What is there of a cut area is read all the same: it shows whose file this is. */
static const char *place_read(const struct pv_elf *elf, uint32_t offset, uint32_t size, struct pv_notes *notes)
{
    struct pv_elf_view area;
    bool is_whole = pv_elf_view(elf, offset, size, &area);

    area_read(area, notes);
    return is_whole ? NULL : "it is truncated: its notes lie behind the end of the file";
}

/* 1. All headers of the type, not the first alone: a linker puts the notes of different owners into different ones. */
static const char *programs_read(const struct pv_elf *elf, struct pv_notes *notes)
{
    struct pv_elf_program program;
    const char *reason = NULL;

    for (uint32_t i = 0; reason == NULL && pv_elf_program(elf, i, &program); i++)
        if (program.type == PV_ELF_NOTE)
            reason = place_read(elf, program.offset, program.file_size, notes);
    return reason;
}

/* 2. A table of sections that is cut is a cut file, and said to be: the notes may have been in what is missing. */
static const char *sections_read(const struct pv_elf *elf, struct pv_notes *notes)
{
    struct pv_elf_section section;
    const char *reason = NULL;

    for (uint32_t i = 0; reason == NULL && i < elf->header.section_count; i++) {
        if (!pv_elf_section(elf, i, &section))
            return "it is truncated: its section headers lie behind the end of the file";
        if (section.type == PV_ELF_NOTES)
            reason = place_read(elf, section.offset, section.size, notes);
    }
    return reason;
}

/*
 * Decimal, or hexadecimal behind "0x". False: anything else in it, nothing at all, or more than 32 bits. The sum is
 * looked at after each digit, while it still fits into 64: a text of a thousand digits cannot wrap.
 */
static bool number_parse(const char *text, uint32_t length, uint32_t *number)
{
    bool is_hex = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t value = 0;

    for (uint32_t i = is_hex ? 2 : 0; i < length; i++) {
        char digit = text[i], letter = (char)(digit | 0x20);

        if (digit >= '0' && digit <= '9')
            value = value * (is_hex ? 16 : 10) + (uint32_t)(digit - '0');
        else if (is_hex && letter >= 'a' && letter <= 'f')
            value = value * 16 + (uint32_t)(letter - 'a' + 10);
        else
            return false;
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return length > 0;
}

/*
 * The type that a name in the list stands for; PV_NOTE_TYPES: none, and note_set() drops it. The names are
 * those of abi.md 1.1: notes that came later have numbers only.
 */
static uint32_t list_type(const char *name, uint32_t length)
{
    static const struct {
        const char *name;
        uint32_t type;
    } names[] = {
        { "LOADER", XEN_NOTE_LOADER }, { "GUEST_OS", XEN_NOTE_GUEST_OS }, { "GUEST_VER", XEN_NOTE_GUEST_VERSION },
        { "XEN_VER", XEN_NOTE_XEN_VERSION }, { "PAE", XEN_NOTE_PAE_MODE }, { "FEATURES", XEN_NOTE_FEATURES },
        { "VIRT_BASE", XEN_NOTE_VIRT_BASE }, { "VIRT_ENTRY", XEN_NOTE_ENTRY }, { "BSD_SYMTAB", XEN_NOTE_BSD_SYMTAB },
        { "ELF_PADDR_OFFSET", XEN_NOTE_PADDR_OFFSET }, { "HYPERCALL_PAGE", XEN_NOTE_HYPERCALL_PAGE },
    };

    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0)
            return names[i].type;
    return PV_NOTE_TYPES;
}

/* How much of `text` comes before the first `end`, comma or NUL; all of it when none does. */
static uint32_t length_before(const char *text, uint32_t length, char end)
{
    uint32_t i = 0;

    while (i < length && text[i] != end && text[i] != ',' && text[i] != '\0')
        i++;
    return i;
}

/* "NAME=VALUE" or "NAME" alone, whose value is empty: BSD_SYMTAB is such a one, where the name says it all. */
static void item_read(const char *item, uint32_t length, struct pv_notes *notes)
{
    uint32_t name = length_before(item, length, '=');
    struct pv_note note = { .text = item + name, .length = length - name };

    if (note.length > 0) { /* without the = */
        note.text++;
        note.length--;
    }
    note.is_number = number_parse(note.text, note.length, &note.number);
    note_set(notes, list_type(item, name), note);
}

/*
 * Items with commas between them, up to a NUL or the end of the section. Two commas in a row are an item without a
 * name, which stands for nothing. Each round takes a byte at least: an item, its comma, or both.
 */
static void list_read(const char *list, uint32_t length, struct pv_notes *notes)
{
    uint32_t item;

    for (; length > 0 && *list != '\0'; list += item, length -= item) {
        item = length_before(list, length, ',');
        item_read(list, item, notes);
        if (item < length && list[item] == ',')
            item++;
    }
}

/*
 * 3. The section says whose file it is, even with nothing in it. The first of that name counts; a second was a mistake.
 */
static const char *guest_section_read(const struct pv_elf *elf, struct pv_notes *notes)
{
    struct pv_elf_section section;
    struct pv_elf_view view;

    for (uint32_t i = 0; pv_elf_section(elf, i, &section); i++) {
        if (!pv_elf_is_named(elf, &section, "__xen_guest"))
            continue;
        notes->is_found = true;
        notes->is_list = true; /* of the old kind */
        if (!pv_elf_view(elf, section.offset, section.size, &view))
            return "it is truncated: its section __xen_guest lies behind the end of the file";
        list_read((const char *)view.bytes, view.size, notes);
        return NULL;
    }
    return NULL;
}

/*
 * The order is that of Xen's own loader, and it matters: a kernel may carry the notes of its time in one place and a
 * list from before in another, and the two need not agree.
 */
const char *pv_notes_read(const struct pv_elf *elf, struct pv_notes *notes)
{
    const char *reason;

    memset(notes, 0, sizeof(*notes)); /* nothing is present */
    reason = programs_read(elf, notes);
    if (reason == NULL && !notes->is_found)
        reason = sections_read(elf, notes);
    if (reason == NULL && !notes->is_found)
        reason = guest_section_read(elf, notes);
    return reason;
}

/* Of the length that was found, not of a string's: a note's value may have no NUL at all. */
bool pv_note_begins(const struct pv_notes *notes, uint32_t type, const char *text)
{
    const struct pv_note *note = &notes->types[type];

    return note->is_present && strlen(text) <= note->length && memcmp(note->text, text, strlen(text)) == 0;
}

/* A note's value counts its NUL, a list's has none, and a cut one may have lost it. */
bool pv_note_is(const struct pv_notes *notes, uint32_t type, const char *text)
{
    const struct pv_note *note = &notes->types[type];

    return pv_note_begins(notes, type, text) && (note->length == strlen(text) || note->text[strlen(text)] == '\0');
}

/* An absent note leaves the caller's default; one that is there and no number is a mistake to be told, not skipped. */
bool pv_note_number(const struct pv_notes *notes, uint32_t type, uint32_t *number)
{
    const struct pv_note *note = &notes->types[type];

    if (note->is_present && note->is_number)
        *number = note->number;
    return !note->is_present || note->is_number;
}
