/* The kernel's memory as the builder left it: machine frames, rights of pages, addresses that are good for nothing. */
#ifndef PV_MEMORY_H
#define PV_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "abi_hypercall.h"
#include "abi_shared.h"
#include "abi_start.h"

#define PAGE_SIZE           4096u
#define PAGE_PRESENT        0x01u
#define PAGE_WRITE          0x02u
#define PAGE_USER           0x04u
#define PAGE_ACCESSED       0x20u
#define PAGE_DIRTY          0x40u

/* Addresses for tests. All four L3 slots are there, so the first is merely not mapped. */
#define ADDRESS_UNMAPPED    0x40000000u
#define ADDRESS_HOLE        0xF8100000u /* where this hypervisor's image lies; any hypervisor's own in any case */
#define ADDRESS_GATE        0xF6800000u /* first one beyond all guest segments */
#define SEGMENT_END         0xF6800000u /* guest segments end below it (abi.md 2.2) */

/* Set by memory_start. */
extern const struct start_info *start_info;
/* NULL when the hypervisor maps no pages yet (floor 2): then it is known from bounce frames only what the mask is. */
extern struct shared_info *shared_info;

void memory_start(const struct start_info *start);

extern char image_start[], image_end[];     /* linker.ld */

/* Machine frame and machine address of something in the kernel's own memory. */
uint32_t frame_of(const void *address);
uint64_t machine_address(const void *address);

/* The entry of the initial page tables that maps `address`; 0 where no table is. Read through the kernel's mapping. */
uint64_t page_entry(uint32_t address);

/* New rights for one page of the kernel's own. False when the hypervisor has no such call (floor 2): fatal for nobody,
   because its builder lets ring 3 use all pages. Any other refusal ends the test. */
bool page_set_rights(const void *page, uint32_t rights);

/* An address whose page is mapped read-only: a page-table page. */
uint32_t address_read_only(void);

#endif
