/*
 * Whether Capstone reads an instruction as decode() did (floor 1's tests): a table of what each operation looks like to
 * Capstone, the comparison, and the exceptions where one of the two is known to be wrong, each with its reference to
 * the SDM and each counted. Only test_decode_capstone.c includes this.
 */
#ifndef RINGLET_DECODE_AGREEMENT_H
#define RINGLET_DECODE_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <capstone/capstone.h>

#include "decode.h"

/* What an operand must be, in terms of struct insn. Sizes are compared where a kind says so. */
enum operand_kind {
    OPERAND_NONE,
    OPERAND_ACCUMULATOR,    /* AL, AX or EAX by operand size */
    OPERAND_PORT,           /* the immediate, or DX */
    OPERAND_DX,
    OPERAND_VECTOR,
    OPERAND_ES_DI,
    OPERAND_SEGMENT_SI,
    OPERAND_RM,             /* register of operand size, or memory of operand size */
    OPERAND_RM_TABLE,       /* memory of 6 bytes: Capstone names the 32-bit form, as SDM vol. 2 (LGDT) writes m16&32 */
    OPERAND_RM_ADDRESS,     /* memory, size 1: INVLPG m */
    OPERAND_RM_FAR,         /* memory; see exception_far_pointer_size */
    OPERAND_RM_SELECTOR,    /* 16 bits; see exception_selector_register */
    OPERAND_REG,            /* general register ModRM.reg of operand size */
    OPERAND_REG_CR,
    OPERAND_REG_DR,
    OPERAND_SS,
};

/* One operation as Capstone sees it: instruction id by operand size 1, 2, 4, and the operands. */
struct shape {
    unsigned id[3];
    enum operand_kind operands[2];
};

#define SAME(id) { id, id, id }

static const struct shape shapes[INSN_OP_COUNT] = {
    [INSN_CLI] = { SAME(X86_INS_CLI), { OPERAND_NONE } },
    [INSN_STI] = { SAME(X86_INS_STI), { OPERAND_NONE } },
    [INSN_HLT] = { SAME(X86_INS_HLT), { OPERAND_NONE } },
    [INSN_IN] = { SAME(X86_INS_IN), { OPERAND_ACCUMULATOR, OPERAND_PORT } },
    [INSN_OUT] = { SAME(X86_INS_OUT), { OPERAND_PORT, OPERAND_ACCUMULATOR } },
    [INSN_INS] = { { X86_INS_INSB, X86_INS_INSW, X86_INS_INSD }, { OPERAND_ES_DI, OPERAND_DX } },
    [INSN_OUTS] = { { X86_INS_OUTSB, X86_INS_OUTSW, X86_INS_OUTSD }, { OPERAND_DX, OPERAND_SEGMENT_SI } },
    [INSN_LGDT] = { SAME(X86_INS_LGDT), { OPERAND_RM_TABLE } },
    [INSN_LIDT] = { SAME(X86_INS_LIDT), { OPERAND_RM_TABLE } },
    [INSN_LTR] = { SAME(X86_INS_LTR), { OPERAND_RM } },
    [INSN_LMSW] = { SAME(X86_INS_LMSW), { OPERAND_RM } },
    [INSN_MOV_FROM_CR] = { SAME(X86_INS_MOV), { OPERAND_RM, OPERAND_REG_CR } },
    [INSN_MOV_TO_CR] = { SAME(X86_INS_MOV), { OPERAND_REG_CR, OPERAND_RM } },
    [INSN_MOV_FROM_DR] = { SAME(X86_INS_MOV), { OPERAND_RM, OPERAND_REG_DR } },
    [INSN_MOV_TO_DR] = { SAME(X86_INS_MOV), { OPERAND_REG_DR, OPERAND_RM } },
    [INSN_CLTS] = { SAME(X86_INS_CLTS), { OPERAND_NONE } },
    [INSN_INVLPG] = { SAME(X86_INS_INVLPG), { OPERAND_RM_ADDRESS } },
    [INSN_INVD] = { SAME(X86_INS_INVD), { OPERAND_NONE } },
    [INSN_WBINVD] = { SAME(X86_INS_WBINVD), { OPERAND_NONE } },
    [INSN_RDMSR] = { SAME(X86_INS_RDMSR), { OPERAND_NONE } },
    [INSN_WRMSR] = { SAME(X86_INS_WRMSR), { OPERAND_NONE } },
    [INSN_IRET] = { { X86_INS_INVALID, X86_INS_IRET, X86_INS_IRETD }, { OPERAND_NONE } },
    [INSN_INT] = { SAME(X86_INS_INT), { OPERAND_VECTOR } },
    [INSN_MOV_TO_SS] = { SAME(X86_INS_MOV), { OPERAND_SS, OPERAND_RM_SELECTOR } },
    [INSN_POP_SS] = { SAME(X86_INS_POP), { OPERAND_SS } },
    [INSN_LSS] = { SAME(X86_INS_LSS), { OPERAND_REG, OPERAND_RM_FAR } },
};

/* Capstone's numbers for ours. */
static const x86_reg registers16[8] = {
    X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX, X86_REG_SP, X86_REG_BP, X86_REG_SI, X86_REG_DI,
};
static const x86_reg registers32[8] = {
    X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX, X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI,
};
static const x86_reg segments[6] = {
    X86_REG_ES, X86_REG_CS, X86_REG_SS, X86_REG_DS, X86_REG_FS, X86_REG_GS,
};

/* What happened in a run. */
struct tally {
    uint64_t accepted[INSN_OP_COUNT];
    uint64_t results[DECODE_INVALID + 1];
    uint64_t refusals_shown;
    uint64_t exception_far_pointer_size;
    uint64_t exception_selector_register;
    uint64_t exception_prefix_order;
    uint64_t refusal_lock, refusal_wbnoinvd, refusal_missing_cr;
};

static struct tally tally;

static x86_reg general_register(unsigned number, unsigned size)
{
    if (size == 1)
        return number == REG_AX ? X86_REG_AL : X86_REG_INVALID;
    return size == 2 ? registers16[number] : registers32[number];
}

static x86_reg address_register(unsigned number, unsigned address_size)
{
    return number == REG_NONE ? X86_REG_INVALID : general_register(number, address_size);
}

static bool is_register(const cs_x86_op *operand, x86_reg reg)
{
    return operand->type == X86_OP_REG && operand->reg == reg;
}

/* Capstone names a segment only where a prefix does; without one it must be the default (SDM vol. 1 table 3-5). */
static bool segment_agrees(x86_reg seen, unsigned segment, unsigned base)
{
    if (seen == X86_REG_INVALID)
        return segment == (base == REG_BP || base == REG_SP ? SEG_SS : SEG_DS);
    return segment < 6 && seen == segments[segment];
}

/* Without an index Capstone shows the bits of the SIB byte's scale, which then mean nothing. */
static bool memory_agrees(const cs_x86_op *operand, const struct insn *insn)
{
    const struct insn_rm *rm = &insn->rm;
    const x86_op_mem *mem = &operand->mem;

    return operand->type == X86_OP_MEM && rm->is_memory && rm->reg == REG_NONE
        && mem->base == address_register(rm->base, insn->address_size)
        && mem->index == address_register(rm->index, insn->address_size)
        && (rm->index == REG_NONE ? rm->scale == 1 : mem->scale == rm->scale)
        && (uint32_t)mem->disp == rm->displacement
        && segment_agrees(mem->segment, rm->segment, rm->base);
}

/* The implied memory operands of the string instructions. */
static bool string_agrees(const cs_x86_op *operand, const struct insn *insn, unsigned number, bool source)
{
    const x86_op_mem *mem = &operand->mem;

    return operand->type == X86_OP_MEM && operand->size == insn->operand_size
        && mem->base == general_register(number, insn->address_size)
        && mem->index == X86_REG_INVALID && mem->disp == 0
        && (source ? segment_agrees(mem->segment, insn->segment, REG_NONE) : mem->segment == X86_REG_ES);
}

static bool rm_agrees(const cs_x86_op *operand, const struct insn *insn)
{
    if (insn->rm.is_memory)
        return memory_agrees(operand, insn) && operand->size == insn->operand_size;
    return is_register(operand, general_register(insn->rm.reg, insn->operand_size));
}

/*
 * Exception: LSS reads m16:16 or m16:32, that is 4 or 6 bytes by operand size (SDM vol. 2, LDS/LES/LFS/LGS/LSS).
 * Capstone 4.0.2 reports 2 or 4, by the default size of the code, 66 or not. The size of the register is compared.
 */
static bool far_pointer_agrees(const cs_x86_op *operand, const struct insn *insn)
{
    tally.exception_far_pointer_size++;
    return memory_agrees(operand, insn) && (operand->size == 2 || operand->size == 4);
}

/*
 * Exception: MOV Sreg, r/m16 reads 16 bits of a register whatever the operand size (SDM vol. 2, MOV: "uses the 16
 * least-significant bits"). Capstone 4.0.2 names the 32-bit register when the operand size is 4. Counted, and held to
 * the same register number.
 */
static bool selector_agrees(const cs_x86_op *operand, const struct insn *insn)
{
    if (!insn->rm.is_memory && is_register(operand, registers32[insn->rm.reg])) {
        tally.exception_selector_register++;
        return insn->operand_size == 2;
    }
    return rm_agrees(operand, insn);
}

static bool port_agrees(const cs_x86_op *operand, const struct insn *insn)
{
    if (insn->has_immediate)
        return operand->type == X86_OP_IMM && operand->imm == insn->immediate;
    return is_register(operand, X86_REG_DX);
}

static bool operand_agrees(enum operand_kind kind, const cs_x86_op *operand, const struct insn *insn)
{
    switch (kind) {
    case OPERAND_NONE: return false;
    case OPERAND_ACCUMULATOR: return is_register(operand, general_register(REG_AX, insn->operand_size));
    case OPERAND_PORT: return port_agrees(operand, insn);
    case OPERAND_DX: return is_register(operand, X86_REG_DX) && !insn->has_immediate;
    case OPERAND_VECTOR: return insn->has_immediate && port_agrees(operand, insn);
    case OPERAND_ES_DI: return string_agrees(operand, insn, REG_DI, false);
    case OPERAND_SEGMENT_SI: return string_agrees(operand, insn, REG_SI, true);
    case OPERAND_RM: return rm_agrees(operand, insn);
    case OPERAND_RM_TABLE: return memory_agrees(operand, insn) && operand->size == 6;
    case OPERAND_RM_ADDRESS: return memory_agrees(operand, insn) && operand->size == 1;
    case OPERAND_RM_FAR: return far_pointer_agrees(operand, insn);
    case OPERAND_RM_SELECTOR: return selector_agrees(operand, insn);
    case OPERAND_REG: return is_register(operand, general_register(insn->reg, insn->operand_size));
    case OPERAND_REG_CR: return is_register(operand, X86_REG_CR0 + insn->reg) && insn->operand_size == 4;
    case OPERAND_REG_DR: return is_register(operand, X86_REG_DR0 + insn->reg) && insn->operand_size == 4;
    case OPERAND_SS: return is_register(operand, X86_REG_SS);
    }
    return false;
}

/* Prefixes as Capstone sees them. F2 and F3 count only for INS and OUTS, and it shows them only there. */
static bool prefixes_agree(const cs_x86 *x86, const struct insn *insn)
{
    bool repeats = insn->op == INSN_INS || insn->op == INSN_OUTS;

    return x86->addr_size == insn->address_size && (!repeats || x86->prefix[0] == insn->rep)
        && (repeats || insn->rep == REP_NONE) && x86->prefix[0] != X86_PREFIX_LOCK;
}

/* Effective operand size of the instructions whose id and operands do not show it. */
static bool size_agrees(const cs_x86 *x86, const struct insn *insn, unsigned default_size)
{
    bool overridden = x86->prefix[2] == X86_PREFIX_OPSIZE;
    unsigned other_size = default_size == 4 ? 2 : 4;

    switch (insn->op) {
    case INSN_IN: case INSN_OUT: case INSN_INS: case INSN_OUTS: case INSN_LTR: case INSN_LMSW: case INSN_MOV_TO_SS:
    case INSN_MOV_FROM_CR: case INSN_MOV_TO_CR: case INSN_MOV_FROM_DR: case INSN_MOV_TO_DR:
        return true;
    default:
        return insn->operand_size == (overridden ? other_size : default_size);
    }
}

static bool insn_agrees(const cs_insn *seen, const struct insn *insn, unsigned default_size)
{
    const struct shape *shape = &shapes[insn->op];
    const cs_x86 *x86 = &seen->detail->x86;
    unsigned count = 0;

    while (count < 2 && shape->operands[count] != OPERAND_NONE)
        count++;
    if (seen->size != insn->length || seen->id != shape->id[insn->operand_size / 2] || x86->op_count != count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!operand_agrees(shape->operands[i], &x86->operands[i], insn))
            return false;
    return prefixes_agree(x86, insn) && size_agrees(x86, insn, default_size);
}

/* Does Capstone take this for one of our operations? MOV and POP are ours only with the registers that trap. */
static bool is_ours(const cs_insn *seen)
{
    const cs_x86 *x86 = &seen->detail->x86;
    x86_reg first = x86->op_count > 0 && x86->operands[0].type == X86_OP_REG ? x86->operands[0].reg : X86_REG_INVALID;
    x86_reg second = x86->op_count > 1 && x86->operands[1].type == X86_OP_REG ? x86->operands[1].reg : X86_REG_INVALID;

    if (seen->id == X86_INS_POP)
        return first == X86_REG_SS;
    if (seen->id == X86_INS_MOV)
        return first == X86_REG_SS || (first >= X86_REG_CR0 && first <= X86_REG_DR15)
            || (second >= X86_REG_CR0 && second <= X86_REG_DR15);
    for (unsigned op = 0; op < INSN_OP_COUNT; op++)
        if (seen->id == shapes[op].id[0] || seen->id == shapes[op].id[1] || seen->id == shapes[op].id[2])
            return true;
    return false;
}

static size_t count_prefixes(const uint8_t *bytes, size_t count)
{
    static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
    size_t position = 0;

    while (position < count && memchr(prefixes, bytes[position], sizeof(prefixes)))
        position++;
    return position;
}

/* Does a refused MOV name one of CR1, CR5, CR6, CR7? */
static bool names_missing_cr(const cs_insn *seen)
{
    const cs_x86_op *operands = seen->detail->x86.operands;

    for (int i = 0; i < 2 && seen->id == X86_INS_MOV; i++)
        if (is_register(&operands[i], X86_REG_CR1)
            || (operands[i].type == X86_OP_REG && operands[i].reg >= X86_REG_CR5 && operands[i].reg <= X86_REG_CR7))
            return true;
    return false;
}

/*
 * Why decode() may refuse what Capstone takes for ours. F3 0F 09 is WBNOINVD, which Capstone 4.0.2 does not know. LOCK
 * is #UD before any instruction but the listed ones (SDM vol. 2, LOCK), and CR1, CR5, CR6, CR7 are #UD (SDM vol. 2,
 * MOV--Move to/from Control Registers); Capstone does not say so of either.
 */
static bool explain_refusal(const uint8_t *bytes, const cs_insn *seen, enum decode_result result)
{
    size_t prefixes = count_prefixes(bytes, seen->size);
    uint8_t last_repeat = 0;

    for (size_t i = 0; i < prefixes; i++)
        if (bytes[i] >= 0xf2)
            last_repeat = bytes[i];
    if (seen->id == X86_INS_WBINVD && last_repeat == 0xf3) {
        tally.refusal_wbnoinvd++;
        return result == DECODE_REFUSED;
    }
    if (memchr(bytes, 0xf0, prefixes)) {
        tally.refusal_lock++;
        return result == DECODE_INVALID;
    }
    tally.refusal_missing_cr++;
    return names_missing_cr(seen) && result == DECODE_INVALID;
}

#endif
