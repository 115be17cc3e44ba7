/*
 * Exercise 1.3, operands. The checks work the other way round than a decoder: they begin with an operand, encode it by
 * SDM vol. 2 tables 2-1 to 2-3 in every way there is, and expect to get the same operand back.
 */
#include "check_code.h"

#include <string.h>

/* Instructions with a memory operand: bytes before ModRM, and ModRM.reg. */
static const struct {
    uint8_t bytes[2], count, reg, op;
} carriers[] = {
    { { 0x0f, 0x01 }, 2, 2, INSN_LGDT }, { { 0x0f, 0x01 }, 2, 3, INSN_LIDT },   { { 0x0f, 0x00 }, 2, 3, INSN_LTR },
    { { 0x0f, 0x01 }, 2, 6, INSN_LMSW }, { { 0x0f, 0x01 }, 2, 7, INSN_INVLPG }, { { 0x8e }, 1, 2, INSN_MOV_TO_SS },
};

/* A form being tried: the operand it stands for and its bytes from ModRM on. */
struct form {
    struct wire_rm rm;
    uint8_t bytes[8];
    unsigned count;
};

static void displacement_add(struct form *form, unsigned size, bool is_address16)
{
    uint32_t value = check_random();

    for (unsigned i = 0; i < size; i++)
        form->bytes[form->count++] = (uint8_t)(value >> 8 * i);
    if (size == 1)
        value = (uint32_t)(int8_t)value;
    else if (size == 2)
        value = is_address16 ? (uint32_t)(int16_t)value : value;
    form->rm.displacement = size ? value : 0;
}

/* SDM vol. 1 table 3-5: an address based on ESP or EBP is in SS, all others are in DS. */
static uint8_t default_segment(uint8_t base)
{
    static const uint8_t by_base[8] = { SEG_DS, SEG_DS, SEG_DS, SEG_DS, SEG_SS, SEG_SS, SEG_DS, SEG_DS };

    return base < 8 ? by_base[base] : SEG_DS; /* without a base: DS */
}

static void rm_expect(const struct wire_rm *expected, const struct wire_rm *observed, bool is_address16)
{
    uint32_t mask = is_address16 ? 0xffff : 0xffffffff;

    check_equal("rm.is_memory", 1, observed->is_memory);
    check_equal("rm.base (ff: none)", expected->base, observed->base);
    check_equal("rm.index (ff: none)", expected->index, observed->index);
    check_equal("rm.scale", expected->scale, observed->scale);
    check_equal("rm.displacement", expected->displacement & mask, observed->displacement & mask);
    check_equal("rm.segment (enum insn_segment)", expected->segment, observed->segment);
}

/* Puts the form behind one of the carriers and decodes it. mod and rm are in bytes[0]; ModRM.reg is added here. */
static void form_try(const struct form *form, unsigned default_size)
{
    unsigned which = check_below(sizeof(carriers) / sizeof(carriers[0])), count = carriers[which].count;
    uint8_t bytes[16];

    memcpy(bytes, carriers[which].bytes, count);
    memcpy(bytes + count, form->bytes, form->count);
    bytes[count] |= (uint8_t)(carriers[which].reg << 3);
    struct wire_decoded decoded = code_decode(bytes, count + form->count, default_size);
    expect_result(DECODE_OK, decoded.result);
    check_equal("operation (enum insn_op)", carriers[which].op, decoded.insn.op);
    check_equal("length", count + form->count, decoded.insn.length);
    rm_expect(&form->rm, &decoded.insn.rm, default_size == 2);
}

static const unsigned sizes32[3] = { 0, 1, 4 };

/* [base + displacement] without a SIB byte: not for ESP, and EBP always has a displacement. */
static void plain_try(uint8_t base, unsigned mod)
{
    struct form form = { .rm = { true, REG_NONE, default_segment(base), base, REG_NONE, 1, { 0 }, 0 },
                         .bytes = { (uint8_t)(mod << 6 | base) }, .count = 1 };

    displacement_add(&form, sizes32[mod], false);
    form_try(&form, 4);
}

/* [base + index * scale + displacement] with a SIB byte; index 4 is "none". */
static void sib_try(uint8_t base, uint8_t index, unsigned scale, unsigned mod)
{
    bool has_index = index != 4;
    struct form form = { .rm = { true, REG_NONE, default_segment(base), base, has_index ? index : REG_NONE,
                                 (uint8_t)(has_index ? 1u << scale : 1), { 0 }, 0 },
                         .bytes = { (uint8_t)(mod << 6 | 4), (uint8_t)(scale << 6 | index << 3 | base) }, .count = 2 };

    displacement_add(&form, sizes32[mod], false);
    form_try(&form, 4);
}

/* No base: an address alone, or index * scale + address. */
static void baseless_try(uint8_t index, unsigned scale)
{
    bool has_index = index != 4;
    struct form form = { .rm = { true, REG_NONE, SEG_DS, REG_NONE, has_index ? index : REG_NONE,
                                 (uint8_t)(has_index ? 1u << scale : 1), { 0 }, 0 },
                         .bytes = { 4, (uint8_t)(scale << 6 | index << 3 | 5) }, .count = 2 };

    displacement_add(&form, 4, false);
    form_try(&form, 4);
}

static void run_decode_plain32(void)
{
    for (uint8_t base = 0; base < 8; base++)
        for (unsigned mod = base == REG_BP ? 1 : 0; mod < 3; mod++)
            if (base != REG_SP)
                plain_try(base, mod);
    for (unsigned round = 0; round < 8; round++) {
        struct form form = { .rm = { true, REG_NONE, SEG_DS, REG_NONE, REG_NONE, 1, { 0 }, 0 }, .bytes = { 5 },
                             .count = 1 };
        displacement_add(&form, 4, false);
        form_try(&form, 4);
    }
}

static void run_decode_sib(void)
{
    for (uint8_t index = 0; index < 8; index++)
        for (unsigned scale = 0; scale < 4; scale++) {
            baseless_try(index, scale);
            for (uint8_t base = 0; base < 8; base++)
                for (unsigned mod = base == REG_BP ? 1 : 0; mod < 3; mod++)
                    sib_try(base, index, scale, mod);
        }
}

/* Table 2-1, as the manual writes it. */
static void run_decode_address16(void)
{
    static const uint8_t bases[8] = { REG_BX, REG_BX, REG_BP, REG_BP, REG_SI, REG_DI, REG_BP, REG_BX };
    static const uint8_t indexes[8] = { REG_SI, REG_DI, REG_SI, REG_DI, REG_NONE, REG_NONE, REG_NONE, REG_NONE };
    static const unsigned sizes[3] = { 0, 1, 2 };

    for (unsigned mod = 0; mod < 3; mod++)
        for (unsigned code = 0; code < 8; code++) {
            bool is_alone = mod == 0 && code == 6;
            uint8_t base = is_alone ? REG_NONE : bases[code];
            struct form form = { .rm = { true, REG_NONE, default_segment(base), base, indexes[code], 1, { 0 }, 0 },
                                 .bytes = { (uint8_t)(mod << 6 | code) }, .count = 1 };
            displacement_add(&form, is_alone ? 2 : sizes[mod], true);
            form_try(&form, 2);
        }
}

/* One operand with a segment override before it, or without one. */
static void segment_try(const uint8_t *operand, unsigned count, uint8_t usual)
{
    static const uint8_t prefixes[6] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    uint8_t bytes[12] = { 0, 0x0f, 0x01 };

    memcpy(bytes + 3, operand, count);
    struct wire_decoded decoded = code_decode(bytes + 1, count + 2, 4);
    expect_result(DECODE_OK, decoded.result);
    check_equal("rm.segment (enum insn_segment)", usual, decoded.insn.rm.segment);
    for (unsigned segment = 0; segment < 6; segment++) {
        bytes[0] = prefixes[segment];
        decoded = code_decode(bytes, count + 3, 4);
        expect_result(DECODE_OK, decoded.result);
        check_equal("rm.segment (enum insn_segment)", segment, decoded.insn.rm.segment);
    }
}

static void run_decode_segments(void)
{
    static const struct {
        uint8_t bytes[6], count, segment;
    } operands[] = { /* of LGDT */
        { { 0x10 }, 1, SEG_DS },             /* [eax] */
        { { 0x55, 0x08 }, 2, SEG_SS },       /* [ebp + 8] */
        { { 0x14, 0x24 }, 2, SEG_SS },       /* [esp] */
        { { 0x54, 0x24, 0x10 }, 3, SEG_SS }, /* [esp + 16] */
        { { 0x14, 0x28 }, 2, SEG_DS },       /* [eax + ebp]: EBP as an index does not count */
        { { 0x54, 0x05, 0x04 }, 3, SEG_SS }, /* [ebp + eax + 4] */
        { { 0x15, 1, 2, 3, 0 }, 5, SEG_DS }, /* [30201h]: where EBP would be the base */
        { { 0x14, 0x05, 1, 2, 3, 0 }, 6, SEG_DS },
    };

    for (unsigned i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
        segment_try(operands[i].bytes, operands[i].count, operands[i].segment);
}

/* A register; and MOV CR and DR, whose mod says nothing. */
static void run_decode_registers(void)
{
    for (uint8_t reg = 0; reg < 8; reg++) {
        uint8_t lmsw[3] = { 0x0f, 0x01, (uint8_t)(0xf0 | reg) };
        struct wire_decoded decoded = code_decode(lmsw, 3, 4);

        expect_result(DECODE_OK, decoded.result);
        check_equal("rm.is_memory", 0, decoded.insn.rm.is_memory);
        check_equal("rm.reg", reg, decoded.insn.rm.reg);
        for (unsigned mod = 0; mod < 4; mod++) {
            uint8_t code[9] = { 0x0f, (uint8_t)(0x20 + check_below(4)), (uint8_t)(mod << 6 | 3 << 3 | reg) };
            decoded = code_decode(code, sizeof(code), 4);
            expect_result(DECODE_OK, decoded.result);
            check_equal("length", 3, decoded.insn.length);
            check_equal("reg: number of the control or debug register", 3, decoded.insn.reg);
            check_equal("rm.is_memory", 0, decoded.insn.rm.is_memory);
            check_equal("rm.reg", reg, decoded.insn.rm.reg);
        }
    }
}

static const struct check checks[] = {
    { .name = "decode-registers", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "ModRM with mod 3 is a register, and MOV to and from CR and DR takes any mod for 3.",
      .where = "decode.c: parse_modrm()",
      .causes = { "flag MOD_IGNORED is not looked at", "ModRM.rm is taken from the wrong bits: it is bits 0 to 2" },
      .requires = { "decode-opcodes" }, .run = run_decode_registers },
    { .name = "decode-plain32", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A 32-bit ModRM operand without SIB byte is a base register with 0, 1 or 4 bytes, or an address.",
      .where = "decode.c: parse_address32()",
      .causes = { "mod 0 with rm 5 is no [ebp] but a 32-bit address", "mod 2 announces four bytes of displacement" },
      .requires = { "decode-opcodes" }, .run = run_decode_plain32 },
    { .name = "decode-sib", .exercise = "1.3", .points = 2, .kind = CHECK_UNIT,
      .invariant = "Every SIB byte gives its base, index and scale; index 4 is none, base 5 with mod 0 is none.",
      .where = "decode.c: parse_address32()",
      .causes = { "index 4 means no index: ESP cannot be one, and the scale is then 1",
                  "base 5 with mod 0 is a 32-bit address in place of EBP",
                  "scale is 1 << (sib >> 6), not sib >> 6" },
      .requires = { "decode-plain32" }, .run = run_decode_sib },
    { .name = "decode-address16", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "With 16-bit addresses ModRM means the pairs of table 2-1, with 0, 1 or 2 bytes of displacement.",
      .where = "decode.c: parse_modrm()",
      .causes = { "mod, reg or rm is cut from the wrong bits of ModRM",
                  "the default segment ignores the base register" },
      .requires = { "decode-opcodes" }, .run = run_decode_address16 },
    { .name = "decode-segments", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "An operand is in SS when its base is ESP or EBP, else in DS, and an override counts before both.",
      .where = "decode.c: choose_segment()",
      .causes = { "only the base matters, not the index", "an override must win over SS as well",
                  "a missing base (REG_NONE) means DS" },
      .requires = { "decode-plain32" }, .run = run_decode_segments },
};
CHECKS(checks);
