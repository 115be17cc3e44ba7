/*
 * Fuzz target for the instruction decoder (floor 1). The first input byte's lowest bit chooses 32-bit or 16-bit code,
 * the rest are the bytes at EIP. It checks what must hold of any result; test_decode_capstone.c checks the meaning.
 * Links with clang -fsanitize=fuzzer, or with replay_main.c to run given files once.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *invariant)
{
    if (holds)
        return;
    fprintf(stderr, "decode_fuzz: violated: %s\n", invariant);
    abort();
}

/* decode() on a heap block that ends where the bytes do, so that AddressSanitizer sees a read past the count. */
static enum decode_result decode_exactly(const uint8_t *bytes, size_t count, unsigned default_size, struct insn *out)
{
    uint8_t *block = malloc(count ? count : 1);
    enum decode_result result;

    require(block != NULL, "memory for the input");
    if (count)
        memcpy(block, bytes, count);
    result = decode(count ? block : block + 1, count, default_size, out);
    free(block);
    return result;
}

static int is_register_or_none(uint8_t number)
{
    return number <= REG_DI || number == REG_NONE;
}

static void check_rm(const struct insn_rm *rm, unsigned address_size)
{
    require(rm->is_memory <= 1 && rm->segment <= SEG_GS, "rm: is_memory and segment in range");
    require(is_register_or_none(rm->reg), "rm: register in range");
    require(is_register_or_none(rm->base) && is_register_or_none(rm->index), "rm: base and index in range");
    require(rm->scale <= 8 && (rm->scale & (rm->scale - 1)) == 0, "rm: scale 1, 2, 4 or 8");
    if (!rm->is_memory)
        return;
    require(rm->reg == REG_NONE && rm->scale != 0, "rm: memory has a scale and no register");
    require(rm->index != REG_SP, "rm: the stack pointer is no index");
    require(rm->index != REG_NONE || rm->scale == 1, "rm: no scale without an index");
    require(address_size == 4 || rm->scale == 1, "rm: 16-bit addresses do not scale");
}

static void check_fields(const struct insn *insn, size_t count)
{
    int repeats = insn->op == INSN_INS || insn->op == INSN_OUTS;

    require(insn->op < INSN_OP_COUNT, "op in range");
    require(insn->length >= 1 && insn->length <= INSN_MAX_LENGTH && insn->length <= count, "length in range");
    require(insn->operand_size == 1 || insn->operand_size == 2 || insn->operand_size == 4, "operand size 1, 2 or 4");
    require(insn->address_size == 2 || insn->address_size == 4, "address size 2 or 4");
    require(insn->rep == REP_NONE || (repeats && (insn->rep == REP_REPNE || insn->rep == REP_REPE)), "rep fits op");
    require(insn->segment <= SEG_GS && insn->reg <= REG_DI && insn->has_immediate <= 1, "fields in range");
    check_rm(&insn->rm, insn->address_size);
}

/* Field by field, because padding is nobody's: the byte-sized fields as runs, and the displacement. */
static int insn_equal(const struct insn *a, const struct insn *b)
{
    return memcmp(a, b, offsetof(struct insn, immediate) + 1) == 0
        && memcmp(&a->rm, &b->rm, offsetof(struct insn_rm, scale) + 1) == 0
        && a->rm.displacement == b->rm.displacement;
}

/* An instruction is decided by exactly its own bytes: not one less, and nothing that follows. */
static void check_length(const uint8_t *bytes, const struct insn *insn, unsigned default_size)
{
    struct insn again;

    require(decode_exactly(bytes, insn->length, default_size, &again) == DECODE_OK, "its own bytes suffice");
    require(insn_equal(&again, insn), "its own bytes give the same instruction");
    for (size_t count = 0; count < insn->length; count++)
        require(decode_exactly(bytes, count, default_size, &again) == DECODE_MORE, "one byte less asks for more");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct insn insn;
    enum decode_result result;
    unsigned default_size;

    if (size == 0)
        return 0;
    default_size = data[0] & 1 ? 4 : 2;
    result = decode_exactly(data + 1, size - 1, default_size, &insn);
    require(result != DECODE_MORE || size - 1 < INSN_MAX_LENGTH, "15 bytes decide");
    if (result == DECODE_OK) {
        check_fields(&insn, size - 1);
        check_length(data + 1, &insn, default_size);
    }
    return 0;
}
