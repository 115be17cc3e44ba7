/*
 * The gate area as C sees it (floor 1): the entry code in entry.S and the pages tables.c and paging.c keep there.
 */
#ifndef RINGLET_GATE_H
#define RINGLET_GATE_H

#include <stdint.h>

#define ENTRY_STUB_SIZE 16 /* bytes; entry.S aligns each stub to it */

/* 256 stubs of ENTRY_STUB_SIZE bytes each, one per vector. */
extern const uint8_t entry_stubs[];

/* Restore the registers saved in the trap page and return to the guest. */
void __attribute__((noreturn)) entry_resume(void);

/* The same from the middle of ring 0's work, with all that the hypervisor's stack holds forgotten. */
void __attribute__((noreturn)) entry_restart(void);

/* Where the stubs and entry_resume go on, until a floor above says otherwise (tables.c); not to be called from C. */
extern const uint8_t entry_common[], entry_restore[];

/* The frames behind GATE_TABLES and the last page of the GDT window. */
void *tables_page(void);
void *tables_gdt_page(void);

#endif
