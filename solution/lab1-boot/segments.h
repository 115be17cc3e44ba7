/*
 * Descriptors and gates (floor 1): the packed forms the CPU reads, and the tables built from them.
 * The packing functions are pure and unit-tested; segments_init() loads the real registers.
 * Formats: Intel SDM vol. 3 section 3.4.5 (segments), 6.11 (gates), 7.2.1 (TSS).
 */
#ifndef RINGLET_SEGMENTS_H
#define RINGLET_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Access byte: P, DPL, S and type. */
#define SEGMENT_PRESENT   0x80
#define SEGMENT_DPL(ring) ((ring) << 5)
#define SEGMENT_USER      0x10 /* S: code or data; clear for TSS, LDT and gates */
#define SEGMENT_CODE      0x0a /* execute, read */
#define SEGMENT_DATA      0x02 /* read, write */
#define SEGMENT_ACCESSED  0x01
#define SEGMENT_TSS       0x09 /* available 32-bit TSS */

/* Types of gates. An interrupt gate clears IF on the way in, a trap gate leaves it (SDM vol. 3 section 6.12.1.3). */
#define GATE_INTERRUPT 0x0e
#define GATE_TRAP_TYPE 0x0f /* GATE_TRAP is an address (layout.h) */
#define GATE_TASK      0x05

/* A segment descriptor taken apart. limit is in bytes minus one, whatever the granularity bit says. */
struct segment {
    uint32_t base;  /* linear */
    uint32_t limit; /* last valid offset */
    uint8_t access; /* P DPL S type, as in bits 40-47 */
    bool is_32bit;  /* D/B */
};

/* A gate taken apart. */
struct gate {
    uint32_t offset;   /* of the handler in its segment; 0 for a task gate */
    uint16_t selector; /* its code segment, or the TSS of a task gate */
    uint8_t access; /* P DPL 0 type */
};

/* The ring that the descriptor is for: bits 6 and 5 of the access byte. */
static inline uint8_t segment_dpl(const struct segment *segment)
{
    return segment->access >> 5 & 3;
}

/* S and type bit 3. A descriptor with S clear (TSS, LDT, gate) is neither code nor data. */
static inline bool segment_is_code(const struct segment *segment)
{
    return (segment->access & 0x18) == 0x18;
}

static inline bool segment_is_data(const struct segment *segment)
{
    return (segment->access & 0x18) == 0x10;
}

/* Pack for the CPU. A limit above 1 MiB is kept in 4 KiB units and must then end on a page boundary (...fff). */
uint64_t segment_pack(const struct segment *segment);
struct segment segment_unpack(uint64_t descriptor);

uint64_t gate_pack(const struct gate *gate);
struct gate gate_unpack(uint64_t descriptor);

/* The 32-bit task state segment; only the stack pointers matter while ring 0 runs no tasks (SDM vol. 3 7.2.1). */
struct tss {
    uint32_t link;      /* selector of the task that was interrupted, after a task gate */
    uint32_t esp0, ss0; /* the stack for a trap from an outer ring into ring 0 */
    uint32_t esp1, ss1; /* into ring 1; 2 likewise */
    uint32_t esp2, ss2;
    uint32_t cr3, eip, eflags; /* from here on: saved when the task is left, loaded when it is entered */
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs;
    uint32_t ldt;
    uint16_t debug;     /* bit 0: #DB when the task is entered */
    uint16_t io_bitmap; /* beyond the limit: every port access from outside ring 0 traps */
};

_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3 figure 7-2");

/* Build and load GDT, IDT, TSS and the double-fault task. Needs the gate area mapped. */
void segments_init(void);

/* Let `ring` and outer rings raise `vector` with INT n. */
void segments_open_gate(uint8_t vector, uint8_t ring);

/* For upper floors: a descriptor of the hypervisor's page (selector >= 0xe000), a gate, as packed; 0: not present. */
void segments_descriptor_set(uint16_t selector, uint64_t descriptor);
void segments_gate_set(uint8_t vector, uint64_t gate);

/* LLDT: `selector` names an LDT's descriptor in the hypervisor's page; 0: there is no LDT. */
void segments_ldt_load(uint16_t selector);

/* The stack for gates that lead from ring 3 into ring 1. The selector is checked when it is used. */
void segments_inner_stack_set(uint16_t ss, uint32_t esp);

/* Another way in behind the stubs, and out of entry_resume: addresses in the gate area's text (entry.S). */
void segments_paths_set(const void *way_in, const void *way_out);

/* The state the main TSS saved when the double-fault task was entered. */
const struct tss *segments_interrupted_task(void);

#endif
