/*
 * What the decoder knows about each opcode (floor 1): the rows of decode_table.c, which decode.c looks up. Nobody else
 * includes this; the decoder's public face is decode.h.
 */
#ifndef RINGLET_DECODE_TABLE_H
#define RINGLET_DECODE_TABLE_H

#include <stdint.h>

/* How an encoding goes on after its opcode, and what makes it another instruction or none. */
enum encoding_flag {
    KNOWN = 1 << 0,           /* an empty table slot has no flags: refused */
    GROUP = 1 << 1,           /* ModRM.reg selects the instruction; .op is an enum encoding_group */
    UNDEFINED = 1 << 2,       /* #UD by definition */
    MODRM = 1 << 3,
    IMMEDIATE = 1 << 4,       /* one byte */
    REPEATS = 1 << 5,         /* F2 and F3 mean REP; elsewhere the processor ignores them */
    MEMORY_ONLY = 1 << 6,     /* a register operand is #UD */
    MEMORY_ELSE = 1 << 7,     /* with a register operand this is some other instruction, not one of ours */
    MOD_IGNORED = 1 << 8,     /* always a register operand, whatever ModRM.mod says */
    CONTROL_REG = 1 << 9,     /* ModRM.reg must be a control register that exists */
    NOT_AFTER_F3 = 1 << 10,   /* F3 makes this some other instruction */
    PREFIX = 1 << 11,         /* no opcode at all, but a byte before one */
    CONDITIONAL = UNDEFINED | MEMORY_ONLY | MEMORY_ELSE | NOT_AFTER_F3, /* to be looked at twice; few are */
};

struct encoding {
    uint8_t op;     /* enum insn_op */
    uint8_t width;  /* fixed operand size in bytes, or 0: the effective operand size */
    uint16_t flags; /* enum encoding_flag */
};

enum encoding_group { GROUP_8E, GROUP_0F00, GROUP_0F01, GROUP_COUNT };

extern const struct encoding encoding_one_byte[256];
extern const struct encoding encoding_two_byte[256];                /* after 0F */
extern const struct encoding encoding_group[GROUP_COUNT][8];        /* by ModRM.reg */

#endif
