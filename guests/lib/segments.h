/* The global descriptor table and task state segment of a bare kernel.
   Layout of the table: one selector per line below, in steps of 8. The first five are what any flat kernel has; those
   from 0x30 on exist to be refused, each for one reason alone, so that a test can tell which check was made. */
#ifndef GUEST_SEGMENTS_H
#define GUEST_SEGMENTS_H

#include <stdint.h>

#include "cpu.h"

/* index << 3 | table (0: GDT) << 2 | requested privilege level */
#define SELECTOR_KERNEL_CODE    0x08
#define SELECTOR_KERNEL_DATA    0x10
#define SELECTOR_USER_CODE      0x1B    /* index 3, RPL 3 */
#define SELECTOR_USER_DATA      0x23    /* index 4, RPL 3 */
#define SELECTOR_TSS            0x28    /* index 5; for ltr only */
#define SELECTOR_ABSENT_DATA    0x30    /* valid but for its present bit */
#define SELECTOR_ABSENT_CODE    0x38
#define SELECTOR_READ_ONLY      0x40    /* data that cannot be a stack */
#define SELECTOR_SHIFTED_DATA   0x48    /* data with base 0x1000, for segment overrides */
#define SELECTOR_CALL_GATE      0x50    /* a system descriptor: no data segment, no TSS */
#define SELECTOR_BEYOND         0x58    /* first selector past the table's limit */

/* 32-bit TSS; we use it for the ring-0 stack only (SDM vol. 3, section 7.2.1). */
struct task_state {
    uint32_t link;              /* previous task, in use only with hardware task switches */
    uint32_t esp0;              /* stack that a trap from ring 3 starts with */
    uint32_t ss0;
    uint32_t unused[22];        /* rings 1 and 2, and the registers of a hardware task switch */
    uint32_t bitmap;        /* offset of the I/O bitmap in the upper half: beyond the limit, so there is none */
} __attribute__((packed));

_Static_assert(sizeof(struct task_state) == 104, "the 32-bit TSS has 104 bytes");

/* Visible so that handlers may check on which stack they were entered. Written by segments_load_task alone. */
extern struct task_state task_state;

/* Loads the GDT and every segment register. The table is complete before it is loaded: a hypervisor that copies it
   at lgdt sees all of it. */
void segments_load(void);

/* What lgdt needs to load it. */
struct table_pointer segments_pointer(void);

/* Loads the task register, so that ring 3 has a stack to trap to. */
void segments_load_task(uint32_t ring0_stack);

#endif
