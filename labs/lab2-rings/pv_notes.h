/*
 * Xen notes (floor 2, pure): what a paravirtual kernel says of itself in its file, found and told apart, not judged.
 * Sources: Xen public header elfnote.h; abi.md 1.1.
 */
#ifndef RINGLET_PV_NOTES_H
#define RINGLET_PV_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include "abi_start.h"
#include "pv_elf.h"

#define PV_NOTE_TYPES (XEN_NOTE_PHYS32_ENTRY + 1) /* later ones are not looked at */

/* One note's value, as text and, where it can be one, as number. */
struct pv_note {
    bool is_present;
    bool is_number;
    uint32_t number;  /* only if is_number */
    const char *text; /* in the file; not terminated */
    uint32_t length;  /* bytes that are there, which may be fewer than the note says */
};

struct pv_notes {
    bool is_found; /* there is at least one that a ring-1 kernel would have */
    bool is_list;  /* they come from a section __xen_guest, where some values are meant differently */
    struct pv_note types[PV_NOTE_TYPES]; /* by XEN_NOTE_* */
};

/*
 * Read the first source that has any. NULL, or a reason for refusing the file; is_found is valid in both cases. The
 * notes point into the file.
 */
const char *pv_notes_read(const struct pv_elf *elf, struct pv_notes *notes);

/* Is it there, with exactly `text`, or with `text` and perhaps more behind it? */
bool pv_note_is(const struct pv_notes *notes, uint32_t type, const char *text);
bool pv_note_begins(const struct pv_notes *notes, uint32_t type, const char *text);

/* Its number into *number, which stays as it is when there is no such note. False: there is one, but no number. */
bool pv_note_number(const struct pv_notes *notes, uint32_t type, uint32_t *number);

#endif
