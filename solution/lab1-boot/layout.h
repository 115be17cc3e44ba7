/*
 * The address space (floor 1; used by C, assembly and the linker script alike). One picture for all six floors:
 *
 *   0x00000000  the guest's own
 *   0xF5800000  machine-to-physical table (floor 2)
 *   0xF6800000  gate area: what must stay mapped while a guest runs
 *                 +0x00000  trap page   the current vcpu's saved registers; the CPU pushes straight into it
 *                 +0x01000  IDT, the two TSSs, and where the stubs go on (GATE_PATHS)
 *                 +0x02000  entry code  256 stubs and the way back
 *                 +0x10000  GDT window  15 pages: 0-13 the domain's, 14 the hypervisor's
 *                 +0x20000  LDT window  16 pages (floor 2)
 *   0xF8000000  direct map of the first 128 MiB of RAM; the image is linked into it at +1 MiB
 *
 * Ring 3 reaches none of this: no entry is a user's. To the paging unit ring 1 (floor 2) is a supervisor. In segments
 * mode its limits end at the gate area; in paging mode its tables show the M2P and the gate area only, read-only but
 * for the trap page.
 */
#ifndef RINGLET_LAYOUT_H
#define RINGLET_LAYOUT_H

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096

#define DIRECT_BASE 0xF8000000 /* virtual address of physical address 0 */
#define DIRECT_SIZE 0x08000000 /* 128 MiB: all the RAM this hypervisor uses */
#define IMAGE_PHYSICAL 0x00100000 /* 1 MiB: where a multiboot loader may put a kernel, above the PC's low memory */

#define M2P_BASE    0xF5800000 /* where the hypervisor's part of every address space begins */
#define GATE_BASE   0xF6800000
#define GATE_TRAP   GATE_BASE            /* one page, another for each vcpu */
#define GATE_TABLES (GATE_BASE + 0x1000) /* one page */
#define GATE_PATHS  (GATE_TABLES + 0xf00) /* two addresses: the stubs jump to the first, entry_resume to the second */
#define GATE_TEXT   (GATE_BASE + 0x2000)
#define GATE_TEXT_PAGES 2                /* 256 stubs of 16 bytes are one of them; floors share the other */
#define GATE_GDT    (GATE_BASE + 0x10000)
#define GATE_LDT    (GATE_BASE + 0x20000)

/* The GDT: 15 pages, of which the last is the hypervisor's; the others are the guest's. */
#define GDT_GUEST_PAGES 14
#define GDT_LIMIT       (15 * PAGE_SIZE - 1) /* offset of the last byte, as LGDT wants it */
#define GDT_GUEST_ENTRIES (GDT_GUEST_PAGES * PAGE_SIZE / 8) /* index of the hypervisor's first: selector 0xe000 */

/* Selectors of the hypervisor's page. */
#define SELECTOR_DOUBLE_FAULT 0xE000
#define SELECTOR_CODE         0xE008 /* flat, ring 0 */
#define SELECTOR_DATA         0xE010 /* flat, ring 0: also the stack's */
#define SELECTOR_TSS          0xE040

#define STACK_PAGES 4 /* 16 KiB, and a page that is not mapped below them */

#endif
