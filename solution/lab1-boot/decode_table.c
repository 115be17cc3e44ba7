/*
 * The opcode tables of the instruction decoder (floor 1): constant data, read by decode.c alone, and the instructions'
 * names. An instruction that has no row here is refused, so this page is the whole list of what a bare guest's kernel
 * gets emulated. Each row is { op, width, flags } as decode_table.h explains them.
 *
 *      byte  -> encoding_one_byte --GROUP--> encoding_group[op][ModRM.reg]
 *                 | 0F                          ^
 *                 v                             |
 *      byte  -> encoding_two_byte --GROUP-------+
 *
 * An instruction is here because it is privileged (HLT, MOV CR), because it asks for IOPL (CLI, IN), because it loads
 * a selector of ring 0 (MOV SS, IRET), or because our IDT lets no INT through. What does not trap needs no row: it
 * never arrives.
 */
#include "decode.h"
#include "decode_table.h"

/* Opcodes of one byte: SDM vol. 2 table A-2. The prefixes are those of section 2.1.1. */
const struct encoding encoding_one_byte[256] = {
    [0x26] = { 0, 0, PREFIX }, [0x2e] = { 0, 0, PREFIX }, [0x36] = { 0, 0, PREFIX }, [0x3e] = { 0, 0, PREFIX },
    [0x64] = { 0, 0, PREFIX }, [0x65] = { 0, 0, PREFIX }, [0x66] = { 0, 0, PREFIX }, [0x67] = { 0, 0, PREFIX },
    [0xf0] = { 0, 0, PREFIX }, [0xf2] = { 0, 0, PREFIX }, [0xf3] = { 0, 0, PREFIX },

    /* Even opcodes of INS, OUTS, IN and OUT are for bytes, odd ones for the operand size. */
    [0x17] = { INSN_POP_SS, 0, KNOWN },
    [0x6c] = { INSN_INS, 1, KNOWN | REPEATS },
    [0x6d] = { INSN_INS, 0, KNOWN | REPEATS },
    [0x6e] = { INSN_OUTS, 1, KNOWN | REPEATS },
    [0x6f] = { INSN_OUTS, 0, KNOWN | REPEATS },
    [0x8e] = { GROUP_8E, 0, GROUP },
    [0xcd] = { INSN_INT, 0, KNOWN | IMMEDIATE },
    [0xcf] = { INSN_IRET, 0, KNOWN },
    [0xe4] = { INSN_IN, 1, KNOWN | IMMEDIATE },
    [0xe5] = { INSN_IN, 0, KNOWN | IMMEDIATE },
    [0xe6] = { INSN_OUT, 1, KNOWN | IMMEDIATE },
    [0xe7] = { INSN_OUT, 0, KNOWN | IMMEDIATE },
    [0xec] = { INSN_IN, 1, KNOWN },
    [0xed] = { INSN_IN, 0, KNOWN },
    [0xee] = { INSN_OUT, 1, KNOWN },
    [0xef] = { INSN_OUT, 0, KNOWN },
    [0xf4] = { INSN_HLT, 0, KNOWN },
    [0xfa] = { INSN_CLI, 0, KNOWN },
    [0xfb] = { INSN_STI, 0, KNOWN },
};

/* Opcodes after 0F: SDM vol. 2 table A-3. F3 0F 09 is WBNOINVD. */
const struct encoding encoding_two_byte[256] = {
    [0x00] = { GROUP_0F00, 0, GROUP },
    [0x01] = { GROUP_0F01, 0, GROUP },
    /* 0F 20 to 0F 23: the width is 4 whatever a prefix says, and ModRM.mod is not looked at. */
    [0x06] = { INSN_CLTS, 0, KNOWN },
    [0x08] = { INSN_INVD, 0, KNOWN },
    [0x09] = { INSN_WBINVD, 0, KNOWN | NOT_AFTER_F3 },
    [0x20] = { INSN_MOV_FROM_CR, 4, KNOWN | MODRM | MOD_IGNORED | CONTROL_REG },
    [0x21] = { INSN_MOV_FROM_DR, 4, KNOWN | MODRM | MOD_IGNORED },
    [0x22] = { INSN_MOV_TO_CR, 4, KNOWN | MODRM | MOD_IGNORED | CONTROL_REG },
    [0x23] = { INSN_MOV_TO_DR, 4, KNOWN | MODRM | MOD_IGNORED },
    [0x30] = { INSN_WRMSR, 0, KNOWN },
    [0x32] = { INSN_RDMSR, 0, KNOWN },
    [0xb2] = { INSN_LSS, 0, KNOWN | MODRM | MEMORY_ONLY },
};

/*
 * Opcodes that ModRM.reg extends: SDM vol. 2 table A-6, and MOV Sreg, whose /1 (CS), /6 and /7 are #UD (vol. 2, MOV).
 * 0F 01 /7 with a register is SWAPGS, RDTSCP and others, which have their own rules about privilege.
 */
const struct encoding encoding_group[GROUP_COUNT][8] = {
    [GROUP_8E] = {
        [1] = { 0, 0, KNOWN | UNDEFINED },
        [2] = { INSN_MOV_TO_SS, 2, KNOWN | MODRM },
        [6] = { 0, 0, KNOWN | UNDEFINED },
        [7] = { 0, 0, KNOWN | UNDEFINED },
    },
    /* LLDT, /2, has no row: a bare guest has no LDT. SLDT and STR do not trap. */
    [GROUP_0F00] = {
        [3] = { INSN_LTR, 2, KNOWN | MODRM },
    },
    /* SGDT, SIDT and SMSW do not trap either: what they show is the machine's (watch.c). */
    [GROUP_0F01] = {
        [2] = { INSN_LGDT, 0, KNOWN | MODRM | MEMORY_ONLY },
        [3] = { INSN_LIDT, 0, KNOWN | MODRM | MEMORY_ONLY },
        [6] = { INSN_LMSW, 2, KNOWN | MODRM },
        [7] = { INSN_INVLPG, 0, KNOWN | MODRM | MEMORY_ELSE },
    },
};

/* For messages and test output; a number that is no operation has a name too. */
const char *insn_name(enum insn_op op)
{
    static const char *const names[INSN_OP_COUNT] = {
        [INSN_CLI] = "cli", [INSN_STI] = "sti", [INSN_HLT] = "hlt", [INSN_IN] = "in", [INSN_OUT] = "out",
        [INSN_INS] = "ins", [INSN_OUTS] = "outs", [INSN_LGDT] = "lgdt", [INSN_LIDT] = "lidt", [INSN_LTR] = "ltr",
        [INSN_LMSW] = "lmsw", [INSN_MOV_FROM_CR] = "mov from cr", [INSN_MOV_TO_CR] = "mov to cr",
        [INSN_MOV_FROM_DR] = "mov from dr", [INSN_MOV_TO_DR] = "mov to dr", [INSN_CLTS] = "clts",
        [INSN_INVLPG] = "invlpg", [INSN_INVD] = "invd", [INSN_WBINVD] = "wbinvd", [INSN_RDMSR] = "rdmsr",
        [INSN_WRMSR] = "wrmsr", [INSN_IRET] = "iret", [INSN_INT] = "int", [INSN_MOV_TO_SS] = "mov to ss",
        [INSN_POP_SS] = "pop ss", [INSN_LSS] = "lss",
    };

    return (unsigned)op < INSN_OP_COUNT ? names[op] : "unknown";
}
