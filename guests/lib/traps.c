/* The kernel's IDT and trap dispatch. Every vector has a gate, so no exception is ever lost; one that nobody expected
   is printed and ends the guest with an error. trap_happens is how tests say "this must fault": the handler abandons
   the operation and returns to the caller, whatever state the operation was in.
   Owns the IDT. Handlers run with interrupts off, on the stack of whatever was interrupted, or on esp0 from ring 3. */
#include "traps.h"

#include <stddef.h>

#include "cpu.h"
#include "print.h"
#include "segments.h"

#define GATE_INTERRUPT  0x8E00u     /* present, ring 0, 32-bit interrupt gate: clears IF */
#define GATE_RING3      0x6000u /* both DPL bits: who may reach the gate by `int` */
#define STUB_SIZE       16      /* as .align in traps.S has it: the largest stub takes 12 bytes */

/*      63              48 47    40 39   32 31              16 15               0
       | offset 31..16   | P DPL  | 0     | code selector    | offset 15..0     |      one interrupt gate */
uint64_t trap_gates[VECTOR_COUNT] __attribute__((aligned(16)));
static trap_handler *handlers[VECTOR_COUNT];    /* NULL: nobody's, trap_unexpected */
static struct trap_record *expected;    /* not NULL while trap_happens waits; the caller's own */
static uint32_t expected_place; /* catch_call's stack pointer meanwhile */

/* 256 stubs of STUB_SIZE bytes each, in traps.S; an address, never data. */
extern const char trap_stubs[];

/* Interrupt gates for all: a trap gate would leave IF as it is, and handlers here are not reentrant. */
void traps_load(void)
{
    struct table_pointer pointer = { sizeof(trap_gates) - 1, (uint32_t)trap_gates };

    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++) {
        uint32_t stub = (uint32_t)trap_stubs + vector * STUB_SIZE;
        uint32_t low = (uint32_t)SELECTOR_KERNEL_CODE << 16 | (stub & 0xFFFF);

        trap_gates[vector] = (uint64_t)((stub & 0xFFFF0000u) | GATE_INTERRUPT) << 32 | low;
    }
    cpu_lidt(&pointer);
}

/* Takes effect with the next event. One pointer is one store, so no critical section is needed. */
void trap_set_handler(unsigned vector, trap_handler *handler)
{
    handlers[vector] = handler;
}

/* Without this `int vector` from ring 3 is #GP (SDM vol. 3, section 6.12.1.1); exceptions do not ask. */
void trap_allow_ring3(unsigned vector)
{
    trap_gates[vector] |= (uint64_t)GATE_RING3 << 32;
}

/* Not reentrant: an operation may not itself expect exceptions. */
bool trap_happens(void (*operation)(void), struct trap_record *record)
{
    bool caught;

    expected = record;
    caught = catch_call(operation, &expected_place) != 0;
    expected = NULL;
    return caught;
}

/* Never returns: the operation's frame is dropped, with interrupts as they were in it. */
static void trap_catch(const struct trap_frame *frame)
{
    *expected = (struct trap_record){ frame->vector, frame->error, frame->eip, frame->cs, frame->eflags };
    expected = NULL;
    if (frame->eflags & EFLAGS_IF)  /* the gate cleared IF; without iret nobody sets it again */
        cpu_sti();
    catch_resume(&expected_place);
}

/* Everything a person needs to find the place; CS tells the ring.
   Selectors are pushed as dwords whose upper half is not defined, hence the mask. */
static void trap_unexpected(const struct trap_frame *frame)
{
    print("trap: unexpected vector %u, error %x, eip %x, cs %x, eflags %x\n", frame->vector, frame->error,
          frame->eip, frame->cs & 0xFFFF, frame->eflags);
    guest_exit(EXIT_ERROR);
}

/* Expected exceptions first, then handlers, then the end.
   Returning another frame than the argument is how threads are switched and ring 3 is entered. */
struct trap_frame *trap_dispatch(struct trap_frame *frame)
{
    /* An interrupt must not be mistaken for the exception a test waits for. */
    bool is_interrupt = frame->vector >= VECTOR_IRQ0 && frame->vector < VECTOR_IRQ0 + 16;

    if (expected != NULL && !is_interrupt)
        trap_catch(frame);
    if (handlers[frame->vector] != NULL)
        return handlers[frame->vector](frame);
    trap_unexpected(frame);
    return frame;
}
