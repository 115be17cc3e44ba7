/* Trap table, what a bounce frame looks like, handlers, and catching an expected exception.
   The frame is the contract between traps.S and handlers. */
#ifndef PV_TRAPS_H
#define PV_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

/* Exceptions by what they are about (SDM vol. 3, table 6-1). 1 (in part), 3 and 4 are traps: EIP points behind. */
#define VECTOR_DIVIDE           0
#define VECTOR_DEBUG            1
#define VECTOR_BREAKPOINT       3
#define VECTOR_OVERFLOW         4
#define VECTOR_BOUND            5
#define VECTOR_OPCODE           6
#define VECTOR_NO_FPU           7
#define VECTOR_NOT_PRESENT      11
#define VECTOR_STACK            12
#define VECTOR_PROTECTION       13
#define VECTOR_PAGE             14
#define VECTOR_FPU              16
#define VECTOR_ALIGNMENT        17
#define VECTOR_SIMD             19
#define VECTOR_EXCEPTIONS       32  /* how many the processor reserves */
#define VECTOR_USER_RETURN      0x20    /* user.S: ring 3 comes back */
#define VECTOR_EVENT            256     /* not a vector: what the event callback's stub calls itself */
#define VECTOR_FAILSAFE         257     /* likewise the failsafe callback's */
#define VECTOR_COUNT            258

#define ERROR_SOFTWARE(vector)  ((vector) * 8 + 2)  /* #GP: `int vector` refused (SDM vol. 3, 6.13: the IDT bit) */
#define PAGE_ERROR_PRESENT      0x1     /* rights, not absence */
#define PAGE_ERROR_WRITE        0x2
#define PAGE_ERROR_USER         0x4
#define PAGE_ERROR_FETCH        0x10    /* only with NX paging */

/* What traps.S leaves on the stack, lowest address first. From `error` on it is the hypervisor's bounce frame
   (abi.md 2.5); where the exception has no error code, the stub pushed 0. */
struct trap_frame {
    uint32_t gs, fs, es, ds;            /* upper halves undefined */
    uint32_t edi, esi, ebp, frame_esp, ebx, edx, ecx, eax;  /* pusha's order; popa skips frame_esp */
    uint32_t vector;                    /* 0..255, pushed by the stub */
    uint32_t error;
    uint32_t eip;
    uint16_t cs;
    uint8_t saved_mask;                 /* evtchn_upcall_mask as it was */
    uint8_t zero;
    uint32_t eflags;                    /* IF = !saved_mask */
    uint32_t esp, ss;                   /* there only when the trap came from ring 3 */
};

/* What a caught exception looked like. */
struct trap_record {
    struct trap_frame frame;            /* esp and ss of a ring-1 frame are whatever lay above it */
    uint32_t interrupted_esp;           /* ring 1: where the frame ended, ring 3: frame.esp */
    uint32_t place;                     /* address of the bounce frame's EIP */
    uint32_t cr2;                       /* of a #PF; else 0 */
};

/* Gives one vector its stub. flags: the outermost ring that may raise it by INT n, | TRAP_INFO_MASKS. */
void trap_install(unsigned vector, uint8_t flags);
/* The entry that trap_install would hand over, for those who build lists of their own. */
struct trap_info trap_entry_of(unsigned vector, uint8_t flags);

/* All exceptions with the mask bit, int3 and into for ring 3; and the event callback. */
void traps_load(void);

/* Lets trap_happens catch, as VECTOR_FAILSAFE, what the hypervisor could not return to; or, with false, has it crash
   the domain for that. Off at the start. */
void failsafe_catch(bool catch);

/* Returns the frame to resume through the iret hypercall. NULL takes the handler away. */
typedef struct trap_frame *trap_handler(struct trap_frame *frame);
void trap_set_handler(unsigned vector, trap_handler *handler);

/* Runs the operation. True, with *record filled, when an exception ended it; false when it returned. */
bool trap_happens(void (*operation)(void), struct trap_record *record);

/* Sets evtchn_upcall_mask the one way that needs no shared_info: an iret whose EFLAGS.IF is its opposite. */
void events_set_mask(bool masked);

static inline bool trap_is_from_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

/* Whether the processor pushes an error code. */
static inline bool trap_has_error(unsigned vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/* Called by traps.S. */
struct trap_frame *trap_dispatch(struct trap_frame *frame);

#endif
