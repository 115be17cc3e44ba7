/* Interrupt descriptor table, trap frames, handlers, and catching an expected exception.
   The frame is the contract between traps.S, handlers and threads: a thread that does not run is one of these. */
#ifndef GUEST_TRAPS_H
#define GUEST_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

/* Exceptions by what they are about (SDM vol. 3, table 6-1). 3 and 4 are traps: EIP points behind the instruction. */
#define VECTOR_DIVIDE           0
#define VECTOR_DEBUG            1
#define VECTOR_BREAKPOINT       3
#define VECTOR_OVERFLOW         4
#define VECTOR_BOUND            5
#define VECTOR_OPCODE           6
#define VECTOR_NO_FPU           7   /* #NM: CR0.EM or CR0.TS is set */
#define VECTOR_DOUBLE_FAULT     8
#define VECTOR_BAD_TSS          10
#define VECTOR_NOT_PRESENT      11  /* #NP: segment or gate, not page */
#define VECTOR_STACK            12
#define VECTOR_PROTECTION       13
#define VECTOR_PAGE             14  /* #PF: cannot happen without paging */
#define VECTOR_IRQ0             32      /* where pic_remap puts IRQ 0..15 */
#define VECTOR_COUNT            256

/* Layout: index << 3 | table (bit 2: LDT, bit 1: IDT) | external (bit 0). */
#define ERROR_EXTERNAL          0x1     /* selector error codes: the event came from outside the program */
#define ERROR_IDT               0x2     /* ... and the index is one into the IDT */

/* What traps.S leaves on the stack, lowest address first: its push order read backwards. */
struct trap_frame {
    uint32_t gs, fs, es, ds;    /* upper halves undefined */
    uint32_t edi, esi, ebp, frame_esp, ebx, edx, ecx, eax;  /* pusha's order; popa skips frame_esp */
    uint32_t vector;            /* 0..255, pushed by the stub */
    uint32_t error;         /* 0 where the processor pushes none */
    uint32_t eip, cs, eflags;   /* pushed by the processor */
    uint32_t user_esp, user_ss;     /* pushed only on the way from ring 3 */
};

/* Returns the frame to resume: its argument, or another one to switch to. */
typedef struct trap_frame *trap_handler(struct trap_frame *frame);

/* Fills all 256 gates and loads the IDT. */
void traps_load(void);

/* The table in force, for tests that damage it. Two dwords a gate (SDM vol. 3, figure 6-2). */
extern uint64_t trap_gates[VECTOR_COUNT];

/* One handler per vector; NULL takes it away. */
void trap_set_handler(unsigned vector, trap_handler *handler);

/* Lets ring 3 call `int vector`. */
void trap_allow_ring3(unsigned vector);

/* What a caught exception looked like.
   eip is the pushed one: of the instruction for faults, behind it for traps. */
struct trap_record {
    uint32_t vector, error, eip, cs, eflags;
};

/* Runs the operation. True, with *record filled, when an exception ended it; false when it returned.
   Device interrupts (32..47) are served as always meanwhile and do not count. */
bool trap_happens(void (*operation)(void), struct trap_record *record);

/* Halves of trap_happens, for those who leave and come back in their own way: the operation's end and the jump out.
   `place` belongs to the caller and must outlive the call. catch_resume works only while catch_call is active: after
   that the stack it would return to is gone. */
int catch_call(void (*operation)(void), uint32_t *place);
void catch_resume(uint32_t *place) __attribute__((noreturn));

/* Called by traps.S for every vector. */
struct trap_frame *trap_dispatch(struct trap_frame *frame);

#endif
