/*
 * Lab 1: what unit checks and executor say to each other, and the keys of evidence (host side and executor, and the
 * guests for their keys). Fixed-width members without holes, because the two sides are compiled against different
 * headers: the executor against the student's own.
 */
#ifndef RINGLET_WIRE_H
#define RINGLET_WIRE_H

#include <stdint.h>

enum wire_operation {
    WIRE_SEGMENT_PACK = 1, /* struct wire_segment -> struct wire_packed */
    WIRE_SEGMENT_UNPACK,   /* struct wire_packed -> struct wire_segment */
    WIRE_GATE_PACK,        /* struct wire_gate -> struct wire_packed */
    WIRE_GATE_UNPACK,      /* struct wire_packed -> struct wire_gate */
    WIRE_DECODE,           /* struct wire_code -> struct wire_decoded */
    WIRE_EMULATE,          /* struct wire_emulation -> struct wire_outcome: emulate() with a given instruction */
    WIRE_PORT_READ,        /* struct wire_port -> struct wire_outcome, value in .value */
    WIRE_PORT_WRITE,       /* struct wire_port -> struct wire_outcome */
    WIRE_DELIVER,          /* struct wire_event -> struct wire_outcome: bare_deliver() */
    WIRE_IRET,             /* struct wire_iret -> struct wire_outcome: bare_iret() */
};

struct wire_segment {
    uint32_t base, limit;
    uint32_t access;
    uint32_t is_32bit;
};

struct wire_gate {
    uint32_t offset, selector, access;
};

struct wire_packed {
    uint64_t descriptor;
};

struct wire_code {
    uint32_t default_size, count;
    uint8_t bytes[24];
};

struct wire_rm {
    uint8_t is_memory, reg, segment, base, index, scale;
    uint8_t unused[2];
    uint32_t displacement;
};

/* A struct insn, member by member. */
struct wire_insn {
    uint8_t op, length, operand_size, address_size, rep, segment, reg, has_immediate, immediate;
    uint8_t unused[3];
    struct wire_rm rm;
};

struct wire_decoded {
    uint32_t result; /* enum decode_result */
    struct wire_insn insn;
};

#define WIRE_MEMORY 0x4000 /* bytes of guest memory, from guest-physical 0 */

struct wire_table {
    uint32_t base, limit;
};

/*
 * A bare guest: its real registers (the trap frame), its virtual CPU and memory. The executor builds a guest from it
 * (bare_segments_reset, then these values; SS, CS and so on as they are here) and reports the same form afterwards.
 */
struct wire_machine {
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t eip, cs, eflags, ss, ds, es, fs, gs;
    uint32_t cr0, cr2, cr3, cr4;
    uint32_t dr[8];
    uint32_t sysenter[3];
    uint32_t task_selector, task_base, task_limit;
    struct wire_table gdt, idt;
    uint32_t ring, iopl, interrupts, is_halted, is_shadowed, shadow_eip;
    uint8_t memory[WIRE_MEMORY];
};

struct wire_emulation {
    struct wire_machine machine;
    struct wire_insn insn;
};

struct wire_port {
    struct wire_machine machine;
    uint32_t port, size, value;
    uint32_t count;           /* of accesses in setup[], done before with port_write, one byte each */
    struct {
        uint16_t port;
        uint16_t value;
    } setup[16];
};

struct wire_event {
    struct wire_machine machine;
    uint32_t kind, vector, error, next_eip;
};

struct wire_iret {
    struct wire_machine machine;
    uint32_t size;
};

enum wire_domain { WIRE_ALIVE, WIRE_ENDED, WIRE_CRASHED };

#define WIRE_CONSOLE 64

struct wire_outcome {
    struct wire_machine machine;
    uint32_t fault;                /* fault_t, where the function returns one */
    uint32_t value;                /* WIRE_PORT_READ */
    uint32_t domain, exit_status;  /* enum wire_domain */
    uint32_t ends;                 /* how often domain_end() and domain_crash() were called */
    uint32_t console_count;        /* bytes sent with console_guest_byte() */
    uint8_t console[WIRE_CONSOLE]; /* the first of them */
    uint32_t pic_lines;            /* level of the 16 inputs of the virtual PIC */
    uint32_t pic_requests;         /* edges latched */
    uint32_t pic_mask, pic_service;
};

/* Keys of evidence, by guest. */
enum wire_key_timer {
    TIMER_TICKS = 1, /* timer interrupts the guest took */
    TIMER_VECTOR,    /* the first one's frame, as its handler found it: */
    TIMER_EIP_FIRST, /* EIP, which must be within TIMER_EIP_FIRST..LAST, the loop that waits */
    TIMER_EIP_LAST,
    TIMER_EIP,
    TIMER_CS,
    TIMER_EFLAGS,
    TIMER_STACK,     /* ESP when it waited, minus ESP of the frame's EIP word: 12 */
    TIMER_SUM,       /* a sum over seeded numbers done while ticks came: registers survived */
};

/*
 * Guest frame: loads every register with the next numbers of its generator (EAX ECX EDX EBX EBP ESI EDI, then EFLAGS as
 * far as FRAME_FLAGS goes) and faults: with UD2, or with the word "selector" on a segment register.
 */
#define FRAME_FLAGS 0xcd5u /* CF PF AF ZF SF DF OF */
enum wire_key_frame { FRAME_EIP = 1, FRAME_ESP, FRAME_SELECTOR };

/* Guest registers: what they held after some thousand instructions of a program that never traps. */
enum wire_key_registers {
    REGISTERS_FIRST = 1,   /* + 0..7: EAX ... EDI after the loop that counts in ECX; + 8: EFLAGS */
    REGISTERS_SECOND = 16, /* the same after the loop that counts in EAX */
    REGISTERS_SEGMENTS = 32, /* + 0..3: DS ES FS GS before; + 4..7: after */
    REGISTERS_CANARY = 48, /* words around the stack pointer that changed */
    REGISTERS_STACK,       /* ESP, which is no random number */
};

/* Guest forms: CR0 after LMSW from each form of operand. */
enum wire_key_forms { FORMS_FIRST = 1, FORMS_COUNT = 12, FORMS_MOV = 20 };

/* Guest control: control registers written with seeded values and read again; descriptor tables; the stack segment. */
enum wire_key_control {
    CONTROL_CR0 = 1, CONTROL_CR2, CONTROL_CR3, CONTROL_CR4,
    CONTROL_WORD,    /* read through FS, whose descriptor stands in a GDT loaded with LGDT */
    CONTROL_WORD_16, /* the same after LGDT with a 16-bit operand, which takes 24 bits of the base */
    CONTROL_STACK,   /* a word pushed and popped after LSS, MOV SS and POP SS */
};

/* Guest ports. */
enum wire_key_ports {
    PORTS_SCRATCH = 1, /* COM1's scratch register read back as a byte */
    PORTS_WIDE,        /* ... and as a part of a doubleword from port 0x3fb */
    PORTS_NOBODY,      /* a doubleword where nobody answers */
    PORTS_MASK,        /* the PIC's mask, written by a wide OUT and read back */
    PORTS_UP, PORTS_DOWN, /* scratch after REP OUTSB up and down: the last byte sent */
    PORTS_SUM,         /* of what REP INSB stored from the scratch port, more than one batch */
    PORTS_LEFT,        /* ECX after it */
    PORTS_END,         /* EDI after it, from the buffer's start */
};

/* Guest windows: when interrupts come. EIPs are distances from a label in the guest. */
enum wire_key_windows {
    WINDOWS_STI = 1,   /* STI; NOP; <here> */
    WINDOWS_CLI,       /* interrupts taken between STI; CLI */
    WINDOWS_HLT,       /* STI; HLT; <here> */
    WINDOWS_COUNT,     /* interrupts these took */
    WINDOWS_OFF,       /* ticks that came while IF was off: must be none */
    WINDOWS_TICKS,     /* ticks of 2 ms taken in all the time, part of which IF was off */
    WINDOWS_TIME,      /* that time in microseconds of the time-stamp counter, which counts nanoseconds here */
};

#endif
