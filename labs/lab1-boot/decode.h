/*
 * The instruction decoder's public face (floor 1, pure: no state, no guest memory, no hardware).
 *
 * A guest kernel runs in ring 3, so each of its privileged instructions arrives as #GP(0). decode() turns the
 * bytes at the faulting EIP into a struct insn; emulate.c carries that out against the virtual CPU. Whatever is
 * not in enum insn_op is refused, and the fault goes to the guest as hardware would have delivered it.
 * Encodings: Intel SDM vol. 2 chapters 2 (formats) and 3-6 (instructions).
 */
#ifndef RINGLET_DECODE_H
#define RINGLET_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* SDM vol. 2 section 2.3.11: a longer instruction is #GP on any processor. */
#define INSN_MAX_LENGTH 15

enum insn_op {
    INSN_CLI,
    INSN_STI,
    INSN_HLT,
    INSN_IN,          /* IN AL/AX/EAX, imm8 or DX */
    INSN_OUT,
    INSN_INS,         /* [E]CX counts when .rep is set; the destination is always ES:[E]DI */
    INSN_OUTS,        /* the source is .segment:[E]SI */
    INSN_LGDT,        /* memory operand: 2-byte limit, 4-byte base (3 used when operand_size is 2) */
    INSN_LIDT,
    INSN_LTR,         /* r/m16 */
    INSN_LMSW,        /* r/m16 */
    INSN_MOV_FROM_CR, /* .rm.reg := control register .reg */
    INSN_MOV_TO_CR,
    INSN_MOV_FROM_DR,
    INSN_MOV_TO_DR,
    INSN_CLTS,
    INSN_INVLPG,      /* memory operand, address only */
    INSN_INVD,        /* decoded so that it is named in logs; emulated like WBINVD */
    INSN_WBINVD,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_IRET,
    INSN_INT,         /* INT imm8 (CD ib): arrives as #GP with the IDT bit in the error code */
    INSN_MOV_TO_SS,   /* r/m16 to SS: traps because the guest loads SS with RPL 0 */
    INSN_POP_SS,
    INSN_LSS,         /* far pointer from memory to SS:.reg */
    INSN_OP_COUNT
};

/* Register numbers as the encodings have them (SDM vol. 2 table 2-2); segments in ModRM.reg order. */
enum insn_register { REG_AX, REG_CX, REG_DX, REG_BX, REG_SP, REG_BP, REG_SI, REG_DI, REG_NONE = 0xff };
enum insn_segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

enum insn_rep { REP_NONE, REP_REPNE = 0xf2, REP_REPE = 0xf3 };

/*
 * A ModRM r/m operand: a general register, or segment:[base + index * scale + displacement]. With address size 2 the
 * registers are their low halves and the sum wraps at 16 bits, whatever the displacement's upper half says.
 */
struct insn_rm {
    uint8_t is_memory;
    uint8_t reg;           /* when !is_memory, else REG_NONE */
    uint8_t segment;       /* enum insn_segment; the default for the form, or the override */
    uint8_t base;          /* REG_NONE when absent */
    uint8_t index;         /* REG_NONE when absent */
    uint8_t scale;         /* 1, 2, 4 or 8; 1 without an index */
    uint32_t displacement; /* sign-extended to 32 bits */
};

struct insn {
    uint8_t op;            /* enum insn_op */
    uint8_t length;        /* bytes, 1..15, prefixes included */
    uint8_t operand_size;  /* bytes: 1, 2 or 4. IN/OUT/INS/OUTS: width of the access. MOV CR/DR: always 4.
                              LTR, LMSW, MOV to SS: always 2. The others: the effective operand size */
    uint8_t address_size;  /* bytes: 2 or 4: width of address arithmetic, [E]SI/[E]DI and of the REP count */
    uint8_t rep;           /* enum insn_rep; REP_NONE unless op is INS or OUTS, where both prefixes mean REP */
    uint8_t segment;       /* OUTS: source segment (DS or the override); means nothing elsewhere */
    uint8_t reg;           /* ModRM.reg where it names something: CR/DR number, LSS's general register */
    uint8_t has_immediate; /* IN/OUT imm8, INT imm8 */
    uint8_t immediate;     /* the port, or the vector */
    struct insn_rm rm;     /* valid for the forms that have a ModRM operand; MOV CR/DR: always a register */
};

enum decode_result {
    DECODE_OK,
    DECODE_MORE,    /* the bytes end before the instruction does: fetch more, or fault on the next byte */
    DECODE_REFUSED, /* not an instruction this hypervisor emulates, or longer than 15 bytes: the #GP stands */
    DECODE_INVALID  /* #UD by definition: LOCK before any of these, a register where memory is required, CR1.. */
};

/*
 * Decode one instruction from `bytes[0..count)` as a code segment with default size `default_size` (2 or 4 bytes;
 * descriptor bit D). *out means something only after DECODE_OK. Never reads past count or past 15 bytes. Of several
 * prefixes of one kind the last counts. An F2 or F3 that the instruction does not use is ignored, as processors do.
 */
enum decode_result decode(const uint8_t *bytes, size_t count, unsigned default_size, struct insn *out);

/* The instruction's name for logs and `rl emulate`: "cli", "mov from cr", ... */
const char *insn_name(enum insn_op op);

#endif
