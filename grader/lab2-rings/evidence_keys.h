/*
 * Lab 2: the keys under which check guests seal what they saw (guests and host side). What a guest loads into registers
 * are the next numbers of its generator (evidence_random), so that the check can compute them too.
 */
#ifndef RINGLET_EVIDENCE_KEYS_H
#define RINGLET_EVIDENCE_KEYS_H

/* CF PF AF ZF SF DF OF: the flags a program may have as it likes. */
#define KEYS_FLAGS 0xcd5u

/* EAX ECX EDX EBX ESP EBP ESI EDI, as PUSHA numbers them. */
#define KEYS_REGISTERS 8

/* Guest start: the registers of its first instruction. Guest spin: its page tables, then it runs for ever. */
enum key_start {
    START_REGISTERS = 1,        /* + 0..7 */
    START_FLAGS = 10,
    START_SEGMENTS,             /* + 0..5: CS SS DS ES FS GS */
    START_MAGIC = 20,           /* + 0..3: the first 16 bytes that ESI points to */
    START_STACK = 24,           /* end of the stack page, computed from start_info */
    START_TABLE,                /* machine address of the L3 */
};

/* Guest hypercall. */
enum key_hypercall {
    HYPERCALL_REGISTERS = 1,    /* + 0..7 after xen_version(0), by number */
    HYPERCALL_FLAGS = 10,
    HYPERCALL_SEGMENTS,         /* + 0..7: DS ES FS GS before, then after */
    HYPERCALL_STACK = 20,       /* ESP that was loaded */
    HYPERCALL_CANARY,           /* words of the stack that changed */
    HYPERCALL_UNKNOWN,          /* + 0..7: results of numbers that nobody has */
    HYPERCALL_CHANGED = 30,     /* registers but EAX that differ after those, all together */
};

/* Guest copy: results of hypercalls with pointers of all kinds, and what was written. */
enum key_copy {
    COPY_CROSS = 1,             /* result of xen_version(capabilities) into two pages */
    COPY_CROSS_WRONG,           /* bytes of it that differ from those in one page */
    COPY_LIST,                  /* result of a multicall whose list lies in two pages */
    COPY_LIST_RESULTS,          /* entries of it whose result is not the right one */
    COPY_BAD,                   /* + 0..7: results of writing through bad pointers */
    COPY_BAD_READ = 14,         /* + 0..3: results of reading through bad pointers */
    COPY_HALF = 18,             /* bytes in front of a hole that changed */
    COPY_DIRECT,                /* result with a pointer into the direct map, at a page of the guest's own */
    COPY_DIRECT_CHANGED,        /* bytes of that page that changed */
    COPY_MULTI_NESTED,          /* result of a multicall in a multicall */
    COPY_MULTI_ORDER,           /* results of a list of different calls that are not the right ones */
    COPY_MULTI_LONG,            /* entries of a long list that were not carried out */
    COPY_MULTI_RETURN,          /* what that multicall returned */
    COPY_SIZE_RETURN,           /* what a multicall returned whose size in bytes has more than 32 bits */
    COPY_SIZE_CALLED,           /* entries of it that were carried out */
};

/* Guest descriptors. */
#define DESCRIPTORS_GOOD 10     /* of them, and of the bad ones: the check has the same table */
#define DESCRIPTORS_BAD  12
enum key_descriptors {
    DESCRIPTORS_LOAD = 1,       /* result of set_gdt with the good ones */
    DESCRIPTORS_WORD,           /* read through FS, a segment of that GDT */
    DESCRIPTORS_UPDATE,         /* + 0..11: results of update_descriptor with each bad one */
    DESCRIPTORS_SECOND = 20,    /* result of set_gdt with a bad one at the end of a second page; and START_TABLE */
};

/* A bounce frame as a handler found it. */
enum key_frame {
    FRAME_VECTOR, FRAME_ERROR, FRAME_EIP, FRAME_CS, FRAME_FLAGS, FRAME_ESP, FRAME_SS, FRAME_PLACE, FRAME_WORDS
};

/* Guest bounce: frames one after the other, FRAME_WORDS keys each; FRAME_EIP from the instruction's address. */
enum key_bounce {
    BOUNCE_OPCODE,              /* UD2 in ring 1 */
    BOUNCE_BREAKPOINT,          /* INT3 */
    BOUNCE_SELECTOR,            /* a selector of no descriptor */
    BOUNCE_INT,                 /* INT 30h, which ring 1 may raise */
    BOUNCE_INT_CLOSED,          /* INT 40h, which nobody may: #GP */
    BOUNCE_ADDRESS,             /* a write to a page that is read-only */
    BOUNCE_KINDS,
    BOUNCE_SHARED = 60,         /* machine address of shared_info */
    BOUNCE_CR2,                 /* the read-only page */
};

/* Guest program: the same from ring 3, without BOUNCE_ADDRESS's write. */
enum key_program {
    PROGRAM_OPCODE, PROGRAM_ADDRESS, PROGRAM_INT, PROGRAM_INT_CLOSED, PROGRAM_HYPERCALL, PROGRAM_KINDS,
    PROGRAM_STACK = 60,         /* kernel_sp */
    PROGRAM_ESP,
};

/* Guest iret. */
enum key_iret {
    IRET_REGISTERS = 1,         /* + 0..7 in ring 3 after an iret hypercall */
    IRET_EIP = 10, IRET_CS, IRET_FLAGS, IRET_SS,
    IRET_ESP,                   /* that was asked for */
    IRET_REAL_FLAGS,            /* PUSHF in ring 3, with all bits asked for */
    IRET_KERNEL_ESP,            /* ESP behind an iret to ring 1, from the frame's end */
    IRET_KERNEL_EAX,
    IRET_MASK_OFF,              /* bits 16-23 of CS of a bounce after an iret with IF on, ... */
    IRET_MASK_OFF_FLAGS,        /* ... its IF */
    IRET_MASK_ON, IRET_MASK_ON_FLAGS, /* ... after one with IF off */
    IRET_MASK_HANDLER,          /* mask inside a handler that masks, after an iret with IF on */
    IRET_MASK_PLAIN,            /* ... and inside one that does not */
};

/* Guest fast. */
enum key_fast {
    FAST_RESULT = 1,            /* of set_trap_table */
    FAST_EIP,                   /* of the frame that the handler of INT 80h found, from the instruction's address */
    FAST_CS, FAST_FLAGS, FAST_ESP, FAST_SS,
    FAST_PLACE,                 /* where the frame lies, below kernel_sp */
    FAST_HANDLER,
};

/* Guest failsafe: what its callback found, for each of the ways in which it lost a segment. */
#define FAILSAFE_WAYS 2
enum key_failsafe {
    FAILSAFE_FRAME = 1,         /* + 16 * way + 0..6: DS ES FS GS EIP CS EFLAGS of the stack; EIP from the INT's end */
    FAILSAFE_SEGMENTS = 8,      /* + 16 * way + 0..3: DS ES FS GS in the registers */
    FAILSAFE_REGISTERS = 12,    /* + 16 * way: general registers that were not as they should be */
};

/* Guest attack: one of these on its command line, "-- way=N". Guest neighbour: a sum over many hypercalls. */
enum attack_way {
    ATTACK_SELECTOR,            /* FS keeps a selector whose descriptor is removed, and there is no failsafe callback */
    ATTACK_IRET_CODE,           /* iret to a code segment that there is not */
    ATTACK_IRET_RING0,          /* iret to the hypervisor's code segment */
    ATTACK_STACK,               /* UD2 with the stack in the hypervisor */
    ATTACK_KERNEL_STACK,        /* the same for traps from ring 3 */
    ATTACK_NO_HANDLER,          /* UD2 without a trap table */
    ATTACK_HANDLER,             /* a handler in a code segment that there is not */
    ATTACK_WAYS,
};
enum key_attack { ATTACK_STARTED = 1, ATTACK_SURVIVED };
enum key_neighbour { NEIGHBOUR_SUM = 1 };
#define NEIGHBOUR_ROUNDS 20000

#endif
