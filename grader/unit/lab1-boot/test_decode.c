/* sources: decode.c decode_table.c */
/*
 * Unit tests of the instruction decoder (floor 1): the encodings of decode_vectors.h and what each must decode to; then
 * the same ones cut short at every byte, stretched to the 15-byte limit and put behind LOCK. Bytes always lie at the
 * end of their own heap block, so that AddressSanitizer reports a read past the count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "decode_vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "0f 01 38" to bytes; returns how many. */
static size_t parse_bytes(const char *text, uint8_t bytes[32])
{
    size_t count = 0;
    char *end;

    for (unsigned long byte = strtoul(text, &end, 16); end != text; byte = strtoul(text, &end, 16)) {
        assert_in_range(count, 0, 31);
        bytes[count++] = (uint8_t)byte;
        text = end;
    }
    return count;
}

/* decode() on a heap block of exactly `count` bytes, which ends where the bytes do. */
static enum decode_result decode_exactly(const uint8_t *bytes, size_t count, unsigned default_size, struct insn *out)
{
    uint8_t *block = malloc(count ? count : 1);
    enum decode_result result;

    assert_non_null(block);
    memcpy(block, bytes, count);
    result = decode(count ? block : block + 1, count, default_size, out);
    free(block);
    return result;
}

static const char *const register_names[8] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
static const char *const segment_names[6] = { "es", "cs", "ss", "ds", "fs", "gs" };

static void append_rm(char *text, const struct insn_rm *rm)
{
    int32_t displacement = (int32_t)rm->displacement;
    bool alone = rm->base == REG_NONE && rm->index == REG_NONE;
    char *end = text + strlen(text);

    if (!rm->is_memory) {
        sprintf(end, " %s", register_names[rm->reg]);
        return;
    }
    end += sprintf(end, " %s:[", segment_names[rm->segment]);
    if (rm->base != REG_NONE)
        end += sprintf(end, "%s", register_names[rm->base]);
    if (rm->index != REG_NONE)
        end += sprintf(end, "%s%s*%u", rm->base != REG_NONE ? "+" : "", register_names[rm->index], rm->scale);
    if (displacement || alone)
        end += sprintf(end, "%s%x", displacement < 0 ? "-" : alone ? "" : "+",
                       displacement < 0 ? 0u - (uint32_t)displacement : (uint32_t)displacement);
    sprintf(end, "]");
}

static bool has_reg(enum insn_op op)
{
    return (op >= INSN_MOV_FROM_CR && op <= INSN_MOV_TO_DR) || op == INSN_LSS;
}

static bool has_rm(enum insn_op op)
{
    return has_reg(op) || (op >= INSN_LGDT && op <= INSN_LMSW) || op == INSN_INVLPG || op == INSN_MOV_TO_SS;
}

/* Every field that means something for the instruction, in one line. */
static void format_insn(char *text, const struct insn *insn)
{
    char *end = text + sprintf(text, "%s o%u a%u", insn_name(insn->op), insn->operand_size, insn->address_size);

    if (insn->rep != REP_NONE)
        end += sprintf(end, " %s", insn->rep == REP_REPE ? "repe" : "repne");
    if (insn->op == INSN_OUTS)
        end += sprintf(end, " %s", segment_names[insn->segment]);
    if (insn->has_immediate)
        end += sprintf(end, " imm=%02x", insn->immediate);
    if (has_reg(insn->op))
        end += sprintf(end, " reg=%u", insn->reg);
    if (has_rm(insn->op))
        append_rm(text, &insn->rm);
}

static void test_every_form(void **state)
{
    unsigned seen[INSN_OP_COUNT] = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t bytes[32];
        size_t count = parse_bytes(vectors[i].bytes, bytes);
        struct insn insn;
        char text[128];

        print_message("%s -> %s\n", vectors[i].bytes, vectors[i].text);
        assert_int_equal(decode_exactly(bytes, count, vectors[i].default_size, &insn), DECODE_OK);
        format_insn(text, &insn);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(insn.length, count);
        seen[insn.op]++;
    }
    for (unsigned op = 0; op < INSN_OP_COUNT; op++)
        assert_true(seen[op] > 0);
}

/* What follows an instruction is the next one's business. */
static void test_following_bytes_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t bytes[32];
        size_t count = parse_bytes(vectors[i].bytes, bytes);
        struct insn insn;
        char text[128];

        for (int next = 0; next < 256; next++) {
            memset(bytes + count, next, sizeof(bytes) - count);
            assert_int_equal(decode_exactly(bytes, sizeof(bytes), vectors[i].default_size, &insn), DECODE_OK);
            format_insn(text, &insn);
            assert_string_equal(text, vectors[i].text);
            assert_int_equal(insn.length, count);
        }
    }
}

/* Each proper prefix of each instruction asks for more. */
static void test_truncated_asks_for_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t bytes[32];
        size_t count = parse_bytes(vectors[i].bytes, bytes);
        struct insn insn;

        for (size_t length = 0; length < count; length++)
            assert_int_equal(decode_exactly(bytes, length, vectors[i].default_size, &insn), DECODE_MORE);
    }
}

/* Stretched by prefixes to 15 bytes an instruction is legal; the 16th byte makes it #GP (SDM vol. 2 section 2.3.11). */
static void test_fifteen_byte_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t bytes[64];
        size_t count, room;
        struct insn insn;

        memset(bytes, 0x3e, sizeof(bytes));
        count = parse_bytes(vectors[i].bytes, bytes + INSN_MAX_LENGTH + 1);
        room = INSN_MAX_LENGTH - count;
        assert_int_equal(decode_exactly(bytes + 1 + count, INSN_MAX_LENGTH, vectors[i].default_size, &insn), DECODE_OK);
        assert_int_equal(insn.length, INSN_MAX_LENGTH);
        assert_int_equal(decode_exactly(bytes + count, INSN_MAX_LENGTH + 1, vectors[i].default_size, &insn),
                         DECODE_REFUSED);
        assert_int_equal(decode_exactly(bytes + count, INSN_MAX_LENGTH, vectors[i].default_size, &insn),
                         DECODE_REFUSED);
        assert_int_equal(decode_exactly(bytes + count, room, vectors[i].default_size, &insn), DECODE_MORE);
    }
}

/* Nothing but prefixes: more is wanted until 15 bytes show that there is no instruction. */
static void test_prefixes_without_end(void **state)
{
    static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
    uint8_t bytes[INSN_MAX_LENGTH + 5];
    struct insn insn;

    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        memset(bytes, prefixes[i], sizeof(bytes));
        for (size_t count = 0; count < INSN_MAX_LENGTH; count++)
            assert_int_equal(decode_exactly(bytes, count, 4, &insn), DECODE_MORE);
        for (size_t count = INSN_MAX_LENGTH; count <= sizeof(bytes); count++)
            assert_int_equal(decode_exactly(bytes, count, 4, &insn), DECODE_REFUSED);
    }
}

static void test_lock_is_invalid_before_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t bytes[33] = { 0xf0 };
        size_t count = parse_bytes(vectors[i].bytes, bytes + 1);
        struct insn insn;

        assert_int_equal(decode_exactly(bytes, count + 1, vectors[i].default_size, &insn), DECODE_INVALID);
    }
}

/* Checks a list in both default sizes. */
static void check_list(const struct vector *list, size_t list_count, enum decode_result expected)
{
    for (size_t i = 0; i < list_count; i++) {
        uint8_t bytes[32] = { 0 };
        struct insn insn;

        parse_bytes(list[i].bytes, bytes);
        print_message("%s: %s\n", list[i].bytes, list[i].text);
        assert_int_equal(decode_exactly(bytes, sizeof(bytes), 4, &insn), expected);
        assert_int_equal(decode_exactly(bytes, sizeof(bytes), 2, &insn), expected);
    }
}

static void test_refused(void **state)
{
    (void)state;
    check_list(refused, COUNT(refused), DECODE_REFUSED);
}

static void test_invalid(void **state)
{
    (void)state;
    check_list(invalid, COUNT(invalid), DECODE_INVALID);
}

/* Is there a ModRM byte with which this opcode is accepted? */
static bool opcode_accepted(bool two_bytes, uint8_t opcode)
{
    uint8_t bytes[INSN_MAX_LENGTH] = { 0x0f };
    struct insn insn;

    for (unsigned modrm = 0; modrm < 256; modrm++) {
        bytes[two_bytes] = opcode;
        bytes[two_bytes + 1] = (uint8_t)modrm;
        if (decode_exactly(bytes, sizeof(bytes), 4, &insn) == DECODE_OK)
            return true;
    }
    return false;
}

/* All 2 x 256 opcodes: accepted are the listed ones and no other. */
static void test_opcode_map(void **state)
{
    static const uint8_t prefixes[] = { 0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
    static const char *const lists[2] = {
        "17 6c 6d 6e 6f 8e cd cf e4 e5 e6 e7 ec ed ee ef f4 fa fb",
        "00 01 06 08 09 20 21 22 23 30 32 b2",
    };

    (void)state;
    for (int two_bytes = 0; two_bytes < 2; two_bytes++) {
        uint8_t listed[32];
        size_t count = parse_bytes(lists[two_bytes], listed);

        for (unsigned opcode = 0; opcode < 256; opcode++) {
            if (!two_bytes && memchr(prefixes, (int)opcode, sizeof(prefixes)))
                continue;
            assert_int_equal(opcode_accepted(two_bytes, (uint8_t)opcode), memchr(listed, (int)opcode, count) != NULL);
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    for (unsigned op = 0; op < INSN_OP_COUNT; op++) {
        assert_true(strlen(insn_name(op)) > 1);
        for (unsigned other = 0; other < op; other++)
            assert_string_not_equal(insn_name(op), insn_name(other));
    }
    assert_string_equal(insn_name(INSN_OP_COUNT), "unknown");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form),
        cmocka_unit_test(test_following_bytes_do_not_matter),
        cmocka_unit_test(test_truncated_asks_for_more),
        cmocka_unit_test(test_fifteen_byte_limit),
        cmocka_unit_test(test_prefixes_without_end),
        cmocka_unit_test(test_lock_is_invalid_before_each),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_opcode_map),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
