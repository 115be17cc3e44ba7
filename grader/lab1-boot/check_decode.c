/*
 * Exercise 1.3, opcodes, prefixes and limits. What an encoding means is written down here by hand from the opcode pages
 * of Intel SDM vol. 2, never asked of another decoder. Operands stand in check_modrm.c.
 */
#include "check_code.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static const uint8_t segment_prefixes[6] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 }; /* ES CS SS DS FS GS */

struct wire_decoded code_decode(const uint8_t *bytes, unsigned count, unsigned default_size)
{
    struct wire_code code = { .default_size = default_size, .count = count };
    struct wire_decoded decoded;
    char text[3 * sizeof(code.bytes) + 1] = "";

    for (unsigned i = 0; i < count; i++) {
        code.bytes[i] = bytes[i];
        snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
    }
    check_case("decode %sin a %u-bit segment", text, default_size * 8);
    unit_call(WIRE_DECODE, &code, sizeof(code), &decoded, sizeof(decoded));
    return decoded;
}

static const char *const result_names[] = { "DECODE_OK", "DECODE_MORE", "DECODE_REFUSED", "DECODE_INVALID" };

void expect_result(unsigned expected, unsigned observed)
{
    check_text("result of decode()", result_names[expected], observed < 4 ? result_names[observed] : "no such result");
}

/* Each instruction once, register operand or [EAX] where it has one. Width 0: the effective operand size. */
static const struct {
    uint8_t op, count, bytes[3], width, has_immediate, reg;
} instructions[] = {
    { INSN_CLI, 1, { 0xfa }, 0, 0, 0 },              { INSN_STI, 1, { 0xfb }, 0, 0, 0 },
    { INSN_HLT, 1, { 0xf4 }, 0, 0, 0 },              { INSN_IN, 2, { 0xe4, 0x71 }, 1, 1, 0 },
    { INSN_IN, 2, { 0xe5, 0x40 }, 0, 1, 0 },         { INSN_IN, 1, { 0xec }, 1, 0, 0 },
    { INSN_IN, 1, { 0xed }, 0, 0, 0 },               { INSN_OUT, 2, { 0xe6, 0xf4 }, 1, 1, 0 },
    { INSN_OUT, 2, { 0xe7, 0x43 }, 0, 1, 0 },        { INSN_OUT, 1, { 0xee }, 1, 0, 0 },
    { INSN_OUT, 1, { 0xef }, 0, 0, 0 },              { INSN_INS, 1, { 0x6c }, 1, 0, 0 },
    { INSN_INS, 1, { 0x6d }, 0, 0, 0 },              { INSN_OUTS, 1, { 0x6e }, 1, 0, 0 },
    { INSN_OUTS, 1, { 0x6f }, 0, 0, 0 },             { INSN_LGDT, 3, { 0x0f, 0x01, 0x10 }, 0, 0, 2 },
    { INSN_LIDT, 3, { 0x0f, 0x01, 0x18 }, 0, 0, 3 }, { INSN_LTR, 3, { 0x0f, 0x00, 0xd9 }, 2, 0, 3 },
    { INSN_LMSW, 3, { 0x0f, 0x01, 0xf3 }, 2, 0, 6 }, { INSN_MOV_FROM_CR, 3, { 0x0f, 0x20, 0xd1 }, 4, 0, 2 },
    { INSN_MOV_TO_CR, 3, { 0x0f, 0x22, 0xe6 }, 4, 0, 4 }, { INSN_MOV_FROM_DR, 3, { 0x0f, 0x21, 0xf0 }, 4, 0, 6 },
    { INSN_MOV_TO_DR, 3, { 0x0f, 0x23, 0xfa }, 4, 0, 7 }, { INSN_CLTS, 2, { 0x0f, 0x06 }, 0, 0, 0 },
    { INSN_INVLPG, 3, { 0x0f, 0x01, 0x38 }, 0, 0, 7 }, { INSN_INVD, 2, { 0x0f, 0x08 }, 0, 0, 0 },
    { INSN_WBINVD, 2, { 0x0f, 0x09 }, 0, 0, 0 },     { INSN_RDMSR, 2, { 0x0f, 0x32 }, 0, 0, 0 },
    { INSN_WRMSR, 2, { 0x0f, 0x30 }, 0, 0, 0 },      { INSN_IRET, 1, { 0xcf }, 0, 0, 0 },
    { INSN_INT, 2, { 0xcd, 0x80 }, 0, 1, 0 },        { INSN_MOV_TO_SS, 2, { 0x8e, 0xd2 }, 2, 0, 2 },
    { INSN_POP_SS, 1, { 0x17 }, 0, 0, 0 },           { INSN_LSS, 3, { 0x0f, 0xb2, 0x38 }, 0, 0, 7 },
};
#define INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))

/* Instruction i with what `wide` asks for: the other operand size. */
static void opcode_try(unsigned i, unsigned default_size, bool is_other_size)
{
    uint8_t bytes[8] = { 0x66 };
    unsigned before = is_other_size ? 1 : 0, count = before + instructions[i].count;
    unsigned size = is_other_size ? 6 - default_size : default_size;

    memcpy(bytes + before, instructions[i].bytes, instructions[i].count);
    struct wire_decoded decoded = code_decode(bytes, count, default_size);
    expect_result(DECODE_OK, decoded.result);
    check_equal("operation (enum insn_op)", instructions[i].op, decoded.insn.op);
    check_equal("length", count, decoded.insn.length);
    check_equal("operand_size", instructions[i].width ? instructions[i].width : size, decoded.insn.operand_size);
    check_equal("address_size", default_size, decoded.insn.address_size);
    check_equal("has_immediate", instructions[i].has_immediate, decoded.insn.has_immediate);
    check_equal("reg", instructions[i].reg, decoded.insn.reg);
    if (instructions[i].has_immediate)
        check_equal("immediate", instructions[i].bytes[1], decoded.insn.immediate);
}

static void run_decode_opcodes(void)
{
    for (unsigned i = 0; i < INSTRUCTIONS; i++)
        for (unsigned default_size = 2; default_size <= 4; default_size += 2) {
            opcode_try(i, default_size, false);
            opcode_try(i, default_size, true);
        }
}

/* What the prefixes so far say. */
struct prefixed {
    unsigned default_size, operand_size, address_size;
    uint8_t segment;
    bool repeats;
};

/* Group 0: operand size, 1: address size, 2: segment, 3: REP. Several members of a group: the last one counts. */
static uint8_t prefix_add(struct prefixed *state, unsigned group)
{
    unsigned which = check_below(6);

    switch (group) {
    case 0: state->operand_size = 6 - state->default_size; return 0x66;
    case 1: state->address_size = 6 - state->default_size; return 0x67;
    case 2: state->segment = (uint8_t)which; return segment_prefixes[which];
    default: state->repeats = true; return which & 1 ? 0xf2 : 0xf3;
    }
}

/* INSD and OUTSD show all that prefixes can say. */
static void prefixed_expect(const uint8_t *bytes, unsigned count, const struct prefixed *state)
{
    struct wire_decoded decoded = code_decode(bytes, count, state->default_size);
    bool is_out = bytes[count - 1] == 0x6f;

    expect_result(DECODE_OK, decoded.result);
    check_equal("operation (enum insn_op)", is_out ? INSN_OUTS : INSN_INS, decoded.insn.op);
    check_equal("length", count, decoded.insn.length);
    check_equal("operand_size", state->operand_size, decoded.insn.operand_size);
    check_equal("address_size", state->address_size, decoded.insn.address_size);
    check_equal("a repeat prefix was seen", state->repeats, decoded.insn.rep != REP_NONE);
    if (is_out)
        check_equal("segment (enum insn_segment)", state->segment, decoded.insn.segment);
}

static void prefixes_try(const uint8_t *groups, unsigned count)
{
    unsigned default_size = check_below(2) ? 4 : 2;
    struct prefixed state = { default_size, default_size, default_size, SEG_DS, false };
    uint8_t bytes[INSN_MAX_LENGTH];

    for (unsigned i = 0; i < count; i++)
        bytes[i] = prefix_add(&state, groups[i]);
    bytes[count] = check_below(2) ? 0x6f : 0x6d;
    prefixed_expect(bytes, count + 1, &state);
}

/* All orders of one, two, three and four groups, then long random ones with repetitions. */
static void run_decode_prefixes(void)
{
    uint8_t groups[14];

    for (unsigned order = 0; order < 256; order++) {
        for (unsigned i = 0; i < 4; i++)
            groups[i] = order >> 2 * i & 3;
        prefixes_try(groups, 1 + order % 4);
        prefixes_try(groups, 4);
    }
    for (unsigned round = 0; round < 400; round++) {
        unsigned count = check_below(15);
        for (unsigned i = 0; i < count; i++)
            groups[i] = (uint8_t)check_below(4);
        prefixes_try(groups, count);
    }
}

/* Where nothing repeats, F2 and F3 mean nothing. */
static void run_decode_repeat(void)
{
    for (unsigned i = 0; i < INSTRUCTIONS; i++) {
        bool repeats = instructions[i].op == INSN_INS || instructions[i].op == INSN_OUTS;
        uint8_t bytes[8] = { check_below(2) ? 0xf3 : 0xf2 };

        if (instructions[i].op == INSN_WBINVD)
            bytes[0] = 0xf2; /* F3 0F 09 is WBNOINVD */
        memcpy(bytes + 1, instructions[i].bytes, instructions[i].count);
        struct wire_decoded decoded = code_decode(bytes, instructions[i].count + 1u, 4);
        expect_result(DECODE_OK, decoded.result);
        check_equal("operation (enum insn_op)", instructions[i].op, decoded.insn.op);
        check_equal("a repeat prefix counts", repeats, decoded.insn.rep != REP_NONE);
    }
}

/* Prefixes that change no length. */
static const uint8_t harmless[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };

/* Every beginning of a whole instruction: more bytes are wanted until the last one is there, and no byte after it. */
static void beginnings_try(const uint8_t *bytes, unsigned length)
{
    for (unsigned count = 0; count < length; count++)
        expect_result(DECODE_MORE, code_decode(bytes, count, 4).result);
    for (unsigned count = length; count < length + 2; count++) {
        struct wire_decoded decoded = code_decode(bytes, count, 4);
        expect_result(DECODE_OK, decoded.result);
        check_equal("length", length, decoded.insn.length);
    }
}

static void run_decode_limits(void)
{
    static const uint8_t whole[][10] = {
        { 0xfa }, { 0xe6, 0xf4 }, { 0x0f, 0x22, 0xc0 }, { 0x0f, 0x01, 0x54, 0x8a, 0x10 },
        { 0x0f, 0x01, 0x1d, 1, 2, 3, 4 },
        { 0x0f, 0x01, 0x9c, 0xcd, 1, 2, 3, 4 }, { 0x66, 0x8e, 0x55, 0x7f },
    };
    static const uint8_t lengths[] = { 1, 2, 3, 5, 7, 8, 4 };
    uint8_t bytes[24];

    for (unsigned i = 0; i < sizeof(lengths); i++) {
        memset(bytes, 0x90, sizeof(bytes));
        memcpy(bytes, whole[i], lengths[i]);
        beginnings_try(bytes, lengths[i]);
        unsigned more = 15u - lengths[i]; /* the longest form that a processor takes */
        memset(bytes, 0x90, sizeof(bytes));
        for (unsigned p = 0; p < more; p++)
            bytes[p] = harmless[check_below(sizeof(harmless))];
        memcpy(bytes + more, whole[i], lengths[i]);
        beginnings_try(bytes, 15);
        memmove(bytes + 1, bytes, 15);
        expect_result(DECODE_REFUSED, code_decode(bytes, 16, 4).result);
        expect_result(DECODE_REFUSED, code_decode(bytes, 20, 4).result);
    }
}

/* SDM vol. 2: LOCK takes none of these; a register where memory is required; CR1, CR5 to CR7; MOV to CS. */
static void run_decode_invalid(void)
{
    static const uint8_t invalid[][3] = {
        { 0x0f, 0x01, 0xd1 }, { 0x0f, 0x01, 0xdf }, { 0x0f, 0xb2, 0xc1 }, { 0x0f, 0x20, 0xc8 }, { 0x0f, 0x22, 0xe9 },
        { 0x0f, 0x20, 0xf0 }, { 0x0f, 0x22, 0xff }, { 0x8e, 0xc9, 0x90 },
    };
    uint8_t bytes[8] = { 0 };

    for (unsigned i = 0; i < sizeof(invalid) / 3; i++)
        expect_result(DECODE_INVALID, code_decode(invalid[i], 3, 4).result);
    for (unsigned i = 0; i < INSTRUCTIONS; i++) {
        unsigned at = check_below(2); /* before or behind another prefix */
        bytes[at] = 0xf0;
        bytes[1 - at] = harmless[check_below(sizeof(harmless))];
        memcpy(bytes + 2, instructions[i].bytes, instructions[i].count);
        expect_result(DECODE_INVALID, code_decode(bytes, instructions[i].count + 2u, 4).result);
    }
}

static const struct check checks[] = {
    { .name = "decode-opcodes", .exercise = "1.3", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Each instruction is recognised in 16- and 32-bit segments, with its length and its sizes.",
      .where = "decode.c: parse_modrm()", .stop = "decode",
      .causes = { "without 66 and 67 both sizes are the code segment's default size",
                  "ModRM.reg, bits 3 to 5, is stored in insn->reg",
                  "66 changes the size to the other one, which is 4 in a 16-bit segment",
                  "it does not come back: parse_prefixes() looks at the same byte again and again" },
      .run = run_decode_opcodes },
    { .name = "decode-prefixes", .exercise = "1.3", .points = 4, .kind = CHECK_UNIT,
      .invariant = "Prefixes count in any order and number, and of several of one kind the last one does.",
      .where = "decode.c: parse_prefixes()",
      .causes = { "a second 66 or 67 changes the size back: it must not",
                  "the first segment override wins over the last",
                  "the loop ends after four prefixes, or wants them in one order" },
      .requires = { "decode-opcodes" }, .run = run_decode_prefixes },
    { .name = "decode-repeat", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "F2 and F3 both mean REP before INS and OUTS, and nothing before any other instruction.",
      .where = "decode.c: parse_prefixes()",
      .causes = { "F2 is REP too: INS and OUTS have no condition to end on", "a repeat prefix is taken for an opcode" },
      .requires = { "decode-opcodes" }, .run = run_decode_repeat },
    { .name = "decode-limits", .exercise = "1.3", .points = 3, .kind = CHECK_UNIT,
      .invariant = "A beginning of an instruction wants more bytes, and one longer than 15 bytes is refused.",
      .where = "decode.c: parse_prefixes()",
      .causes = { "a byte is read from the array itself and not with next_byte() or peek_byte()",
                  "the displacement is not consumed although mod announces one",
                  "the loop over prefixes runs on when the bytes are used up" },
      .requires = { "decode-opcodes" }, .run = run_decode_limits },
    { .name = "decode-invalid", .exercise = "1.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "LOCK, a register where memory is required and control registers that do not exist are #UD.",
      .where = "decode.c: parse_modrm()",
      .causes = { "F0 must be remembered in prefixes->lock wherever it stands",
                  "rm.is_memory or insn->reg is not set before check_insn() looks at it" },
      .requires = { "decode-opcodes" }, .run = run_decode_invalid },
};
CHECKS(checks);
