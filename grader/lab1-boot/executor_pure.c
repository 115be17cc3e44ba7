/*
 * Lab 1's executor: the pure functions of exercises 1.1 and 1.3. The student's headers are in force here, so every
 * member is copied by name.
 */
/* sources: segments.c decode.c decode_table.c */
#include "decode.h"
#include "executor.h"
#include "segments.h"
#include "wire.h"

static void run_segment_pack(const void *request, void *reply)
{
    const struct wire_segment *in = request;
    struct wire_packed *out = reply;
    struct segment segment = { .base = in->base, .limit = in->limit, .access = (uint8_t)in->access,
                               .is_32bit = in->is_32bit };

    out->descriptor = segment_pack(&segment);
}
OPERATION(WIRE_SEGMENT_PACK, struct wire_segment, struct wire_packed, run_segment_pack);

static void run_segment_unpack(const void *request, void *reply)
{
    const struct wire_packed *in = request;
    struct segment segment = segment_unpack(in->descriptor);

    *(struct wire_segment *)reply = (struct wire_segment){ segment.base, segment.limit, segment.access,
                                                           segment.is_32bit };
}
OPERATION(WIRE_SEGMENT_UNPACK, struct wire_packed, struct wire_segment, run_segment_unpack);

static void run_gate_pack(const void *request, void *reply)
{
    const struct wire_gate *in = request;
    struct wire_packed *out = reply;
    struct gate gate = { .offset = in->offset, .selector = (uint16_t)in->selector, .access = (uint8_t)in->access };

    out->descriptor = gate_pack(&gate);
}
OPERATION(WIRE_GATE_PACK, struct wire_gate, struct wire_packed, run_gate_pack);

static void run_gate_unpack(const void *request, void *reply)
{
    const struct wire_packed *in = request;
    struct gate gate = gate_unpack(in->descriptor);

    *(struct wire_gate *)reply = (struct wire_gate){ gate.offset, gate.selector, gate.access };
}
OPERATION(WIRE_GATE_UNPACK, struct wire_packed, struct wire_gate, run_gate_unpack);

static struct wire_rm rm_copy(const struct insn_rm *rm)
{
    return (struct wire_rm){ .is_memory = rm->is_memory, .reg = rm->reg, .segment = rm->segment, .base = rm->base,
                             .index = rm->index, .scale = rm->scale, .displacement = rm->displacement };
}

/* decode() gets exactly its bytes in a block of their own, so that the sanitizer sees one read too many. */
static void run_decode(const void *request, void *reply)
{
    const struct wire_code *in = request;
    struct wire_decoded *out = reply;
    struct insn insn = { 0 };
    uint8_t bytes[in->count + 1];

    for (unsigned i = 0; i < in->count; i++)
        bytes[i + 1] = in->bytes[i];
    out->result = decode(bytes + 1, in->count, in->default_size, &insn);
    if (out->result != DECODE_OK)
        return;
    out->insn = (struct wire_insn){ .op = insn.op, .length = insn.length, .operand_size = insn.operand_size,
                                    .address_size = insn.address_size, .rep = insn.rep, .segment = insn.segment,
                                    .reg = insn.reg, .has_immediate = insn.has_immediate, .immediate = insn.immediate,
                                    .rm = rm_copy(&insn.rm) };
}
OPERATION(WIRE_DECODE, struct wire_code, struct wire_decoded, run_decode);
