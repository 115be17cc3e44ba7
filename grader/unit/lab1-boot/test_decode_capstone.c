/* sources: decode.c decode_table.c */
/* libs: -lcapstone */
/*
 * The decoder against Capstone (floor 1): millions of byte strings, random and structured, each decoded as 32-bit and
 * as 16-bit code. Whatever decode() accepts, Capstone must read as the same instruction: length, mnemonic, prefixes
 * that matter, registers, immediate, memory operand, sizes. Of what decode() does not accept, a sample is shown to
 * Capstone, which must not take it for one of our instructions but for the reasons that explain_refusal() of
 * decode_agreement.h lists.
 *
 * DECODE_CASES and DECODE_SEED in the environment override the number of strings and where the sequence starts.
 * Every string lies at the very end of its heap block, so that AddressSanitizer reports a read past the count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>
#include <cmocka.h>

#include "decode.h"
#include "decode_agreement.h"

#define DEFAULT_CASES 10000000ull
#define DEFAULT_SEED 0x52494e474c4554ull
#define ACCEPTED_FLOOR 1000  /* per operation and run */
#define REFUSED_SAMPLE 16    /* one in so many refused strings goes to Capstone */
#define STRING_MAX 20        /* longer than any instruction */

static uint64_t random_state;

/* xorshift64*: deterministic, and the same on every machine. */
static uint32_t random_next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dull) >> 32);
}

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(((uint64_t)random_next() * bound) >> 32);
}

static void print_string(const char *what, const uint8_t *bytes, size_t count, unsigned default_size)
{
    print_error("%s (%u-bit code):", what, default_size * 8);
    for (size_t i = 0; i < count; i++)
        print_error(" %02x", bytes[i]);
    print_error("\n");
}

/* Say everything known about a disagreement, and end the test. */
static void report_disagreement(const uint8_t *bytes, size_t count, unsigned default_size, enum decode_result result,
                                const struct insn *insn, const cs_insn *seen)
{
    print_string("disagreement", bytes, count, default_size);
    if (result == DECODE_OK)
        print_error("decode(): %s length=%u operand=%u address=%u rep=%x segment=%u reg=%u immediate=%u/%x"
                    " rm: memory=%u reg=%u segment=%u base=%u index=%u scale=%u displacement=%x\n",
                    insn_name(insn->op), insn->length, insn->operand_size, insn->address_size, insn->rep,
                    insn->segment, insn->reg, insn->has_immediate, insn->immediate, insn->rm.is_memory, insn->rm.reg,
                    insn->rm.segment, insn->rm.base, insn->rm.index, insn->rm.scale, insn->rm.displacement);
    else
        print_error("decode(): result %d\n", result);
    if (seen)
        print_error("Capstone: %s %s, length %u\n", seen->mnemonic, seen->op_str, seen->size);
    else
        print_error("Capstone: no instruction\n");
    fail();
}

/* One Capstone per code size; `insn` is its reusable result. Static, so that a failing test leaks nothing. */
struct reference {
    csh handle;
    cs_insn *insn;
    unsigned default_size;
};

static struct reference references[2];
static uint8_t *string_block;

static void open_reference(struct reference *reference, unsigned default_size)
{
    reference->default_size = default_size;
    assert_int_equal(cs_open(CS_ARCH_X86, default_size == 4 ? CS_MODE_32 : CS_MODE_16, &reference->handle), CS_ERR_OK);
    assert_int_equal(cs_option(reference->handle, CS_OPT_DETAIL, CS_OPT_ON), CS_ERR_OK);
    reference->insn = cs_malloc(reference->handle);
    assert_non_null(reference->insn);
}

static int open_all(void **state)
{
    (void)state;
    open_reference(&references[0], 4);
    open_reference(&references[1], 2);
    string_block = malloc(STRING_MAX);
    return string_block ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    free(string_block);
    for (int i = 0; i < 2; i++) {
        cs_free(references[i].insn, 1);
        cs_close(&references[i].handle);
    }
    return 0;
}

static const cs_insn *ask_reference(struct reference *reference, const uint8_t *bytes, size_t count)
{
    uint64_t address = 0;

    return cs_disasm_iter(reference->handle, &bytes, &count, &address, reference->insn) ? reference->insn : NULL;
}

/*
 * Exception: prefixes may come in any order (SDM vol. 2 section 2.1.1), but in 32-bit code Capstone 4.0.2 forgets 66
 * when F2 or F3 is the last prefix before a one-byte opcode. Such a string is shown to it again with the last 66 moved
 * to the end of the prefixes, which changes nothing else, and everything is compared as ever.
 */
static bool move_operand_size_last(uint8_t *bytes, size_t count, unsigned default_size)
{
    size_t prefixes = count_prefixes(bytes, count);
    size_t position = prefixes;

    if (default_size != 4 || prefixes == 0 || bytes[prefixes - 1] < 0xf2 || bytes[prefixes] == 0x0f)
        return false;
    while (position > 0 && bytes[position - 1] != 0x66)
        position--;
    if (position == 0)
        return false;
    memmove(bytes + position - 1, bytes + position, prefixes - position);
    bytes[prefixes - 1] = 0x66;
    tally.exception_prefix_order++;
    return true;
}

static void check_accepted(struct reference *reference, const uint8_t *bytes, size_t count, const struct insn *insn)
{
    const cs_insn *seen = ask_reference(reference, bytes, count);
    uint8_t reordered[STRING_MAX];

    tally.accepted[insn->op]++;
    if (seen && insn_agrees(seen, insn, reference->default_size))
        return;
    memcpy(reordered, bytes, count);
    if (move_operand_size_last(reordered, count, reference->default_size))
        seen = ask_reference(reference, reordered, count);
    if (!seen || !insn_agrees(seen, insn, reference->default_size))
        report_disagreement(bytes, count, reference->default_size, DECODE_OK, insn, seen);
}

static void check_refused(struct reference *reference, const uint8_t *bytes, size_t count, enum decode_result result)
{
    const cs_insn *seen = ask_reference(reference, bytes, count);

    tally.refusals_shown++;
    if (seen && is_ours(seen) && !explain_refusal(bytes, seen, result))
        report_disagreement(bytes, count, reference->default_size, result, NULL, seen);
}

static void check_string(struct reference *reference, const uint8_t *bytes, size_t count)
{
    struct insn insn;
    enum decode_result result = decode(bytes, count, reference->default_size, &insn);

    tally.results[result]++;
    if (result == DECODE_OK)
        check_accepted(reference, bytes, count, &insn);
    else if (tally.results[result] % REFUSED_SAMPLE == 0)
        check_refused(reference, bytes, count, result);
}

static void fill_random(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i += sizeof(uint32_t)) {
        uint32_t word = random_next();

        memcpy(bytes + i, &word, count - i < sizeof(word) ? count - i : sizeof(word));
    }
}

/* Up to six prefixes, now and then enough to come near the 15-byte limit. LOCK is rare: it spoils the string. */
static size_t random_prefixes(uint8_t *bytes)
{
    static const uint8_t prefixes[] = { 0x66, 0x67, 0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    size_t count = random_below(16) == 0 ? random_below(STRING_MAX - 4) : random_below(7) * random_below(2);

    for (size_t i = 0; i < count; i++)
        bytes[i] = random_below(128) == 0 ? 0xf0 : prefixes[random_below(sizeof(prefixes))];
    return count;
}

/* Prefixes, an opcode that the decoder knows or a neighbour of one, and random bytes as ModRM and what follows. */
static void fill_structured(uint8_t bytes[STRING_MAX])
{
    static const uint8_t opcodes[] = {
        0x17, 0x6c, 0x6d, 0x6e, 0x6f, 0x8e, 0xcd, 0xcf, 0xe4, 0xe5,
        0xe6, 0xe7, 0xec, 0xed, 0xee, 0xef, 0xf4, 0xfa, 0xfb,
    };
    static const uint8_t opcodes_0f[] = {
        0x00, 0x01, 0x01, 0x01, 0x06, 0x08, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x32, 0xb2,
    };
    size_t position = random_prefixes(bytes);

    if (random_below(3) == 0) {
        bytes[position] = opcodes[random_below(sizeof(opcodes))];
    } else {
        bytes[position++] = 0x0f;
        bytes[position] = opcodes_0f[random_below(sizeof(opcodes_0f))];
    }
    if (random_below(32) == 0)
        bytes[position] ^= 1u << random_below(8);
}

/* Of eight strings six are plain random bytes and two structured; most are complete, some end early. */
static size_t fill_string(uint8_t bytes[STRING_MAX])
{
    fill_random(bytes, STRING_MAX);
    if (random_below(8) < 2)
        fill_structured(bytes);
    return random_below(8) == 0 ? random_below(STRING_MAX) + 1 : STRING_MAX;
}

/* A number from the environment, or the default. A malformed one fails the test by name. */
static uint64_t environment_number(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    char *end;
    uint64_t number;

    if (!text)
        return fallback;
    number = strtoull(text, &end, 0);
    if (end == text || *end || number == 0)
        fail_msg("%s=%s: set it to a positive number, or leave it unset", name, text);
    return number;
}

static void print_summary(uint64_t cases)
{
    print_message("%llu strings, each as 32-bit and 16-bit code: %llu accepted, %llu incomplete, %llu refused, %llu"
                  " invalid\n", (unsigned long long)cases, (unsigned long long)tally.results[DECODE_OK],
                  (unsigned long long)tally.results[DECODE_MORE], (unsigned long long)tally.results[DECODE_REFUSED],
                  (unsigned long long)tally.results[DECODE_INVALID]);
    for (unsigned op = 0; op < INSN_OP_COUNT; op++)
        print_message("  %-12s %8llu accepted, all agree\n", insn_name(op), (unsigned long long)tally.accepted[op]);
    print_message("Capstone's exceptions: lss memory size %llu, mov to ss register name %llu, 66 before F2/F3 %llu\n",
                  (unsigned long long)tally.exception_far_pointer_size,
                  (unsigned long long)tally.exception_selector_register,
                  (unsigned long long)tally.exception_prefix_order);
    print_message("%llu others shown to Capstone; it took for ours: %llu with lock, %llu wbnoinvd, %llu cr1/5/6/7\n",
                  (unsigned long long)tally.refusals_shown, (unsigned long long)tally.refusal_lock,
                  (unsigned long long)tally.refusal_wbnoinvd, (unsigned long long)tally.refusal_missing_cr);
}

static void test_agreement(void **state)
{
    uint64_t cases = environment_number("DECODE_CASES", DEFAULT_CASES);

    (void)state;
    random_state = environment_number("DECODE_SEED", DEFAULT_SEED);
    print_message("DECODE_CASES=%llu DECODE_SEED=0x%llx\n", (unsigned long long)cases,
                  (unsigned long long)random_state);
    for (uint64_t i = 0; i < cases; i++) {
        size_t count = fill_string(string_block);
        uint8_t *start = string_block + STRING_MAX - count;

        memmove(start, string_block, count);
        check_string(&references[0], start, count);
        check_string(&references[1], start, count);
    }
    print_summary(cases);
}

/* The run means something only if every operation took part in it; the floor is for the default number of cases. */
static void test_every_operation_took_part(void **state)
{
    uint64_t cases = environment_number("DECODE_CASES", DEFAULT_CASES);

    (void)state;
    for (unsigned op = 0; op < INSN_OP_COUNT; op++)
        if (tally.accepted[op] < ACCEPTED_FLOOR && cases >= DEFAULT_CASES)
            fail_msg("%s: only %llu accepted cases, %u wanted", insn_name(op),
                     (unsigned long long)tally.accepted[op], ACCEPTED_FLOOR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_every_operation_took_part),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
