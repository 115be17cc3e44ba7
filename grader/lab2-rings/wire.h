/*
 * Lab 2: what unit checks and executor say to each other (host side and executor). Fixed-width members without holes,
 * because the two sides are compiled against different headers: the executor against the student's own.
 */
#ifndef RINGLET_WIRE_H
#define RINGLET_WIRE_H

#include <stdint.h>

enum wire_operation {
    WIRE_DESCRIPTOR = 1, /* struct wire_descriptor -> struct wire_judged */
    WIRE_FLAT,           /* struct wire_flat -> struct wire_judged: descriptor_flat() */
    WIRE_GATES,          /* struct wire_gates -> struct wire_packed: fast_trap_gate() for WIRE_GATE_COUNT selectors */
    WIRE_POINTER,        /* struct wire_copy -> struct wire_copied: guest_pointer() */
    WIRE_COPY,           /* struct wire_copy -> struct wire_copied: copy_from_guest() or copy_to_guest() */
    WIRE_RING_HYPERCALL, /* struct wire_request -> struct wire_outcome: ring_hypercall(), several times */
    WIRE_HANDLER,        /* struct wire_request -> struct wire_outcome: the handler of one hypercall */
    WIRE_BOUNCE,         /* struct wire_request -> struct wire_outcome: bounce_deliver() */
    WIRE_FAILSAFE,       /* struct wire_request -> struct wire_outcome: failsafe_deliver() */
    WIRE_RECOVER,        /* struct wire_recover -> struct wire_recover: frame_recover() */
};

/* Pure functions. */

enum wire_rule { WIRE_CHECK, WIRE_CHECK_SEGMENT, WIRE_CHECK_GATE }; /* descriptor_check() and its halves */

struct wire_descriptor {
    uint64_t descriptor;
    uint32_t rule, unused;
};

struct wire_flat {
    uint32_t ring, is_code;
};

struct wire_judged {
    uint64_t descriptor;
    uint32_t is_accepted, unused;
};

#define WIRE_GATE_COUNT 1024

struct wire_gates {
    uint32_t first; /* selectors first .. first + WIRE_GATE_COUNT - 1 */
    uint32_t eip, dpl, masks;
};

struct wire_packed {
    uint64_t gate[WIRE_GATE_COUNT];
};

/* Copies: a small machine that is page tables and pages of a guest, and nothing else. */

#define WIRE_FRAMES 10
#define WIRE_RAM    (WIRE_FRAMES * 4096)
#define WIRE_BUFFER 12288 /* longest copy that can succeed */

struct wire_copy {
    uint64_t pdpt[4];
    uint32_t address, count;
    uint32_t is_write; /* of guest memory */
    uint32_t unused;
    uint8_t ram[WIRE_RAM]; /* from machine frame 0 */
    uint8_t buffer[WIRE_BUFFER]; /* the hypervisor's side of a copy */
};

struct wire_copied {
    uint32_t result; /* of a copy */
    uint32_t is_null, is_in_ram, offset; /* of a pointer: offset from frame 0 */
    uint8_t ram[WIRE_RAM];
    uint8_t buffer[WIRE_BUFFER];
};

/*
 * A ring-1 guest: its frame, its virtual CPU, and four pages of memory at WIRE_WINDOW, which the executor's own copies
 * reach. Not the student's, so that a mistake there is found there.
 */
#define WIRE_PAGES  4
#define WIRE_MEMORY (WIRE_PAGES * 4096)
#define WIRE_WINDOW 0x00400000u
#define WIRE_BASE   0x00100000u /* base of the segment that selector WIRE_BASED_SS names; the other data is flat */
#define WIRE_BASED_SS 0x0021u

enum wire_page { WIRE_ABSENT, WIRE_READ_ONLY, WIRE_WRITABLE };

struct wire_handler {
    uint32_t eip;
    uint16_t cs;
    uint8_t dpl, masks;
};

struct wire_machine {
    uint32_t gs, fs, es, ds, edi, esi, ebp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags, esp, ss;
    uint32_t kernel_ss, kernel_sp, iopl, assists, nmi_active;
    uint32_t mask; /* vcpu_info's evtchn_upcall_mask */
    uint32_t work; /* trap_has_work */
    uint32_t page[WIRE_PAGES]; /* enum wire_page */
    struct wire_handler traps[256], failsafe;
    uint8_t memory[WIRE_MEMORY];
};

/* What the executor's table of hypercalls does; calls that are not listed are offered by no floor. */
enum wire_effect {
    WIRE_RETURNS,
    WIRE_REPLACES, /* the whole frame, with ~ of each word, as an iret does */
    WIRE_KILLS,    /* the domain */
};

#define WIRE_OFFERED 8

struct wire_offered {
    uint32_t number, result, effect;
};

struct wire_request {
    struct wire_machine machine;
    struct wire_offered offered[WIRE_OFFERED];
    uint32_t offered_count;
    uint32_t count, numbers[8]; /* WIRE_RING_HYPERCALL: values of EAX; WIRE_HANDLER: numbers[0] */
    uint32_t args[6];           /* WIRE_HANDLER */
    struct wire_handler handler; /* WIRE_BOUNCE */
    uint32_t has_error, has_segments, error; /* WIRE_BOUNCE */
    uint32_t vector;            /* WIRE_BOUNCE, WIRE_FAILSAFE */
};

struct wire_call {
    uint32_t number, args[6];
};

/* A bounce that failsafe_deliver() asked for. */
struct wire_bounced {
    uint32_t count, has_error, has_segments;
    uint32_t ds, es, fs, gs; /* in the frame at that moment */
    struct wire_handler handler;
};

#define WIRE_CALLS  160
#define WIRE_REASON 96
#define WIRE_LOG    512

struct wire_outcome {
    struct wire_machine machine;
    uint32_t result;            /* WIRE_HANDLER */
    uint32_t is_alive, crashes;
    char reason[WIRE_REASON];
    uint32_t settles;           /* trap_settle() was called */
    uint32_t lines;             /* print() was called */
    char log[WIRE_LOG];         /* what it printed */
    uint32_t updates;           /* fast_trap_update() was called */
    struct wire_handler updated; /* what stood at INT 0x80 at the last of these */
    uint32_t call_count;        /* of hypercalls made, also beyond those kept in calls[] */
    struct wire_call calls[WIRE_CALLS];
    struct wire_bounced bounced;
};

/* frame_recover(): the trap page's end with both frames, as bytes; the guest's at WIRE_FRAME. */
#define WIRE_FRAME 256
#define WIRE_FRAME_ESP 68 /* offset of ESP, where the CPU's part of a fault in ring 0 begins */

struct wire_recover {
    uint32_t popped;
    uint8_t bytes[512];
};

#endif
