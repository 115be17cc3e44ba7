/* Page tables of the kernel's own making (floor 3): pages to build them from, entries, and the calls that put them to
   use. A page that is to be a table must not be mapped writable anywhere: first map it read-only, then use it. */
#ifndef PV_TABLES_H
#define PV_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

#define TABLE_ENTRIES         512     /* of a table; an L3 has 4 */
#define TOP_SLOT        3       /* of an L3: its L2 has the hypervisor's entries in it */
#define TOP_FIRST       428     /* the first of these */
#define SLOT_SIZE       0x40000000u /* what an L3 entry maps */
#define ADDRESS_FREE    SLOT_SIZE   /* slot 1: its L2 is there, and empty */
#define ADDRESS_BITS    0x0000000FFFFFF000ull

/* Rights of entries: of a table or a page with everything, of a page that may only be read, of the kernel's alone. */
#define RIGHTS_ALL      (PAGE_PRESENT | PAGE_WRITE | PAGE_USER | PAGE_ACCESSED | PAGE_DIRTY)
#define RIGHTS_READ     (PAGE_PRESENT | PAGE_USER | PAGE_ACCESSED)
#define RIGHTS_L3       PAGE_PRESENT

/* Skips the test where page tables are a higher floor's. First call of each test of floor 3. */
void tables_demand(void);

/* A zeroed page that nobody has had, mapped writable; it is never given back. */
uint64_t *page_fresh(void);

/* Entry for the frame behind an address of the kernel's, and for a frame by its number. */
uint64_t entry_of(const void *page, uint32_t rights);
uint64_t entry_frame(uint32_t mfn, uint32_t rights);

/* update_va_mapping with invlpg; what it answers. */
int32_t page_map(uint32_t address, uint64_t entry);
/* The kernel's own mapping of a page, as a table needs it, and as it was. A refusal fails the test. */
void page_close(const void *page);
void page_open(const void *page);
/* Asks for the right to write, without insisting; what update_va_mapping answers. */
int32_t page_try_write(const void *page);

/* The initial tables: L3; L2 of a slot; L1 that maps an address of the kernel's. */
uint64_t *table_l3(void);
uint64_t *table_l2(unsigned slot);
uint64_t *table_l1(uint32_t address);

/* One request of mmu_update; what it answers. */
int32_t table_set(const uint64_t *table, unsigned index, uint64_t entry);
/* One operation; arg1 is a frame or an address. */
int32_t table_op(uint32_t command, uint32_t arg1, uint32_t arg2);
/* Pin as a table of level 1 to 3, unpin, new base pointer. */
int32_t table_pin(unsigned level, const void *page);
int32_t table_unpin(const void *page);
int32_t table_base(const void *page);

/* A whole address space like the initial one, closed but not validated: slots 0 to 2 share its L2s. `top`, if asked
   for, is where its own L2 of slot 3 goes. */
uint64_t *space_make(uint64_t **top);

/* Maps `l1`, which must be closed, at ADDRESS_FREE. A refusal fails the test. */
void window_open(const uint64_t *l1);
void window_close(void);

/* The word at an address, and a write there, as operations for trap_happens: set probe_address first. */
extern uint32_t probe_address;
void probe_read(void);
void probe_write(void);
/* Whether an access of the kernel's ends in a page fault. */
bool address_is_closed(uint32_t address, void (*probe)(void));

#endif
