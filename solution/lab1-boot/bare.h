/*
 * A bare guest (floor 1): an unmodified kernel that believes it owns the machine.
 *
 * It runs in ring 3 in its own guest-physical memory, with paging off as far as it can tell. Every privileged
 * instruction it executes is #GP here; emulate.c carries it out on the struct below instead of on the machine.
 * Two rings are to be kept apart: the real one, always 3, and `ring`, the one the guest believes in.
 *
 * Everything in this header is pure state: the files that work on it are unit-tested on the host against a struct
 * bare with an array for memory.
 */
#ifndef RINGLET_BARE_H
#define RINGLET_BARE_H

#include <stdbool.h>
#include <stdint.h>
#include "segments.h"
#include "trap.h"
#include "vcmos.h"
#include "vpic.h"
#include "vpit.h"
#include "vuart.h"

struct domain;

#define SHADOW_ENTRIES 512 /* one page: the part of its GDT a bare guest can use */

/* GDTR or IDTR. */
struct bare_table {
    uint32_t base; /* linear */
    uint16_t limit;
};

struct bare {
    struct domain *domain;
    struct trap_frame *frame;  /* its real registers while it does not run; RPL of CS and SS is always 3 */

    uint8_t *memory;           /* guest-physical 0; the linear address too, since its paging is off */
    uint32_t memory_size;      /* bytes */

    /* The virtual CPU, where it differs from the real one. */
    uint32_t cr0, cr2, cr3, cr4; /* as the guest wrote them (emulate_system.c) */
    uint32_t dr[8];            /* 4 and 5 unused: other names for 6 and 7 */
    uint32_t sysenter[3];      /* MSRs 0x174-0x176 */
    struct bare_table gdt, idt; /* GDTR and IDTR: tables in guest memory, read when they are needed */
    uint16_t task_selector;    /* TR; 0: no task register loaded yet */
    uint32_t task_base, task_limit; /* of its TSS, as its descriptor had them at LTR */
    uint8_t ring;              /* virtual CPL */
    uint8_t iopl;              /* virtual; the real one is 0 */
    bool interrupts;           /* virtual IF; the real one is always 1 */
    bool is_halted;            /* HLT with IF set: not in the run queue, waits for an interrupt */
    bool is_shadowed;          /* no interrupt before the instruction at shadow_eip is done (STI, MOV SS) */
    uint32_t shadow_eip;       /* EIP in that shadow; elsewhere the shadow is over */
    bool is_stepping;          /* TF is ours, not the guest's */
    bool step_pushes_flags;    /* ... and the instruction is a PUSHF (bare_step.c) */

    uint64_t *shadow;          /* the GDT the CPU really uses: SHADOW_ENTRIES, all DPL 3 */
    uint16_t shadow_top;       /* highest entry ever used */
    struct segment code;       /* the descriptor behind code_selector, taken apart once and not at each trap */
    uint32_t code_selector;    /* 0: not known */
    bool shadow_changed;       /* loaded selectors must be checked before they are loaded again */

    /* The devices (ports.c). Interrupt lines: 0 timer, 4 UART. */
    struct vpic pic;
    struct vpit pit;
    struct vuart uart;
    struct vcmos cmos;
};

/*
 * What an emulated access or instruction came to: nothing, an exception for the guest, or the end of the guest
 * (already recorded in its domain).
 */
typedef uint32_t fault_t;

/* 31 fault | 30 stopped | 23-16 vector | 15-0 error code. FAULT_NONE is 0, so the usual test is the cheapest. */
#define FAULT_NONE 0u
#define FAULT_STOPPED 0x40000000u
#define FAULT(vector, error) (0x80000000u | (uint32_t)(vector) << 16 | (uint16_t)(error))
#define FAULT_VECTOR(fault) ((fault) >> 16 & 0xff)
#define FAULT_ERROR(fault)  ((fault) & 0xffff)

/* 15-3 index | 2 TI, table | 1-0 RPL (SDM vol. 3 section 3.4.2). */
#define SELECTOR_INDEX(selector) ((selector) >> 3 & 0x1fff)
#define SELECTOR_LDT   4u  /* TI */
#define SELECTOR_IS_NULL(selector) (((selector) & 0xfffc) == 0) /* 4 is not null: it names the LDT's first entry */
#define SELECTOR_ERROR(selector) ((selector) & 0xfffcu) /* as in an error code */

/* bare_memory.c */

/* Guest memory at [linear, linear + length), or NULL when any of it is outside. */
uint8_t *bare_linear(const struct bare *guest, uint32_t linear, uint32_t length);

/* `length` (1..8) bytes at segment:offset, checked as the CPU would; *pointer is valid when FAULT_NONE. */
fault_t bare_access(struct bare *guest, unsigned segment, uint32_t offset, uint32_t length, bool write,
                    uint8_t **pointer);

/* Value of segment register `segment` (enum insn_segment) in the frame, and the descriptor behind it. */
uint32_t *bare_selector(struct bare *guest, unsigned segment);
bool bare_segment(const struct bare *guest, uint32_t selector, struct segment *segment);

/* The descriptor behind CS; NULL when there is none any more. */
const struct segment *bare_code_segment_find(struct bare *guest);

/* The same, remembered: nearly always CS is what it was at the last trap. */
static inline const struct segment *bare_code_segment(struct bare *guest)
{
    return guest->code_selector == guest->frame->cs ? &guest->code : bare_code_segment_find(guest);
}

/*
 * The instruction at CS:EIP, in place: nothing else runs while we look at it. Returns how many bytes (at most 15)
 * there are before the segment or the memory ends.
 */
unsigned bare_fetch(struct bare *guest, const uint8_t **bytes);

/* The guest's memory does not reach there: end it with a reason. */
fault_t bare_outside(struct bare *guest, uint32_t linear);

/* bare_segments.c */

/* The state a multiboot loader leaves: flat code at selector 8, flat data at 16. */
void bare_segments_reset(struct bare *guest);

/* Descriptor `selector` of the guest's own GDT, and where it lies. #GP(selector) when there is none. */
fault_t bare_descriptor_read(struct bare *guest, uint16_t selector, uint64_t *descriptor, uint8_t **where);

/* The guest loaded or jumped to a segment its shadow lacks. FAULT_NONE: now it is there, try again; else its fault. */
fault_t bare_segment_fill(struct bare *guest, uint16_t selector);

/* Load CS or SS for virtual ring `ring`, with all checks of a far transfer; the frame's selector gets RPL 3. */
fault_t bare_code_check(struct bare *guest, uint16_t selector, uint8_t ring, uint64_t *descriptor);
fault_t bare_stack_check(struct bare *guest, uint16_t selector, uint8_t ring, uint8_t null_vector,
                         uint64_t *descriptor);
void bare_code_load(struct bare *guest, uint16_t selector, uint64_t descriptor);
void bare_stack_load(struct bare *guest, uint16_t selector, uint64_t descriptor);

/* The GDTR changed: forget the old table, but for what is loaded and not in the new one. */
void bare_segments_switch(struct bare *guest);

/* The virtual ring became more privileged, and CS is loaded: the outer ring's code must trap again. */
void bare_segments_inward(struct bare *guest);

/* Going to a less privileged virtual ring: what it may not use is taken away. */
void bare_segments_outward(struct bare *guest, uint8_t ring);

/* Make every selector in the frame one that the exit stub can load. */
void bare_segments_settle(struct bare *guest);

/* bare_interrupt.c */

/* EVENT_SOFTWARE asks for the gate's DPL, pushes no error code; EVENT_EXTERNAL is an interrupt from the 8259s. */
enum bare_event_kind { EVENT_EXCEPTION, EVENT_SOFTWARE, EVENT_EXTERNAL };

struct bare_event {
    uint8_t kind;      /* enum bare_event_kind */
    uint8_t vector;
    uint16_t error;    /* pushed for exceptions that have one */
    uint32_t next_eip; /* EVENT_SOFTWARE: the instruction behind INT n */
};

/*
 * Deliver through the guest's IDT exactly as the CPU would: gate checks, stack switch, frame with the guest's own
 * view of CS and IF; faults on the way become #GP, #NP, #SS, #TS or #DF, and at last the end of the guest.
 */
void bare_deliver(struct bare *guest, struct bare_event event);
void bare_deliver_fault(struct bare *guest, fault_t fault);

/* EFLAGS as the guest should see it. */
uint32_t bare_eflags(const struct bare *guest);

/* bare_iret.c: IRET of operand size 2 or 4. */
fault_t bare_iret(struct bare *guest, unsigned size);

/* ports.c: an IN or OUT of 1, 2 or 4 bytes. */
uint32_t port_read(struct bare *guest, uint16_t port, unsigned size);
void port_write(struct bare *guest, uint16_t port, uint32_t value, unsigned size);

#endif
