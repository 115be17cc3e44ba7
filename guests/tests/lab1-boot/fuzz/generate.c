/* Any instruction: random opcode, ModRM and operands. Whatever it is, it must not end the guest by accident, so a
   memory operand's displacement and a far pointer are made to stay near, and in ring 0, where a trap is pushed
   on the current stack, ESP is no destination. Each is single-stepped: TF ends the round after one instruction.
   Called by main for every other round. */
#include "fuzz.h"

#include "cpu.h"
#include "segments.h"

#define MODRM_MOD(byte) ((byte) >> 6)
#define MODRM_REG(byte) ((byte) >> 3 & 7)
#define MODRM_RM(byte)  ((byte) & 7)
#define REG_ESP         4
#define LOCK            0xF0

/* Which opcodes take a ModRM byte: bit n of word m is opcode 32 * m + n (SDM vol. 2, tables ). */
static const uint32_t modrm_one_byte[8] = {
    0x0F0F0F0F, 0x0F0F0F0F, 0x00000000, 0x00000A0C, 0x0000FFFF, 0x00000000, 0xFF0F00F3, 0xC0C00000,
};
static const uint32_t modrm_two_byte[8] = {
    0xFFFFA00F, 0xFFFFFF00, 0xFFFFFFFF, 0xFF7FFFFF, 0xFFFF0000, 0xFFFFF838, 0xFFFF00FF, 0xFFFFFFFF,
};

static const uint8_t prefixes[] = { 0x66, 0x67, 0xF2, 0xF3, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65, 0xF0 };
static const uint32_t selectors[] = {
    0, SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_DATA, SELECTOR_USER_CODE, SELECTOR_USER_DATA, SELECTOR_TSS,
    SELECTOR_ABSENT_DATA, SELECTOR_ABSENT_CODE, SELECTOR_READ_ONLY, SELECTOR_CALL_GATE, SELECTOR_BEYOND,
    0xE008, 0xE010, 0xE019, 0xE021, 0xE02B, 0xE033, 0xE040, 0xFFFF, 3,
};

static bool bit_test(const uint32_t *words, uint8_t index)
{
    return words[index >> 5] >> (index & 31) & 1;
}

/* Opcodes that would be deadly with random operands in ring 0; privileged.c has some of them with chosen ones: moves to
   control and debug registers, wrmsr, out to a random imm8, and hlt, which after cli is the end; bswap and pop esp, and
   the three-byte opcodes, whose ModRM this generator does not know. */
static bool is_deadly(uint8_t opcode, bool two_bytes)
{
    if (two_bytes)
        return (opcode >= 0x20 && opcode <= 0x26) || opcode == 0x30 || opcode == 0xCC || opcode == 0x38 ||
               opcode == 0x3A;
    return opcode == 0xE6 || opcode == 0xE7 || opcode == 0xF4 || opcode == 0x5C;
}

/* A prefix, or the escape to two bytes, in place of an opcode would make an opcode of the operand. */
static bool is_opcode(uint8_t byte)
{
    for (unsigned i = 0; i < sizeof(prefixes); i++)
        if (byte == prefixes[i])
            return false;
    return byte != 0x0F;
}

/* QEMU 7.2 itself aborts on lock with bts, btr or btc of a register. */
static bool is_locked(const struct round *round)
{
    for (unsigned i = 0; i < round->length; i++)
        if (round->code[i] == LOCK)
            return true;
    return false;
}

/* In ring 0 ESP, lgdt and lidt are spared. */
static uint8_t modrm_choose(uint8_t opcode, bool two_bytes, bool ring0, bool locked)
{
    for (;;) {
        uint8_t byte = (uint8_t)random_next();
        bool loads_table = two_bytes && opcode == 0x01 && (MODRM_REG(byte) == 2 || MODRM_REG(byte) == 3);
        bool touches_esp = MODRM_REG(byte) == REG_ESP || (MODRM_MOD(byte) == 3 && MODRM_RM(byte) == REG_ESP);

        if (locked && MODRM_MOD(byte) == 3)
            continue;
        if (!ring0 || (!loads_table && !touches_esp))
            return byte;
    }
}

/* SIB bytes have any value. Displacements are 4 bytes long and small; for the shorter forms the rest is immediate. */
static void operand_add(struct round *round, uint8_t modrm)
{
    code_add(round, modrm, 1);
    if (MODRM_MOD(modrm) != 3 && MODRM_RM(modrm) == REG_ESP)
        code_add(round, random_next(), 1);
    if (MODRM_MOD(modrm) == 1)
        code_add(round, random_next(), 1);
    else
        code_add(round, random_pointer(), 4);
}

/* What follows an opcode without ModRM: mostly read as an address, jump distance or far pointer. */
static void immediate_add(struct round *round, uint8_t opcode)
{
    bool is_byte_form = opcode >= 0x70 && opcode < 0x80;

    if (is_byte_form)
        code_add(round, random_next(), 1);
    else
        code_add(round, random_pointer(), 4);
    code_add(round, random_choice(selectors, sizeof(selectors) / sizeof(selectors[0])), 2);
}

/* The debug trap is lost behind these (pop ss by design, pause by QEMU's), so int3 must follow at once. */
static bool is_shadowing(uint8_t opcode)
{
    return opcode == 0x17 || opcode == 0x90;
}

static void opcode_add(struct round *round, bool ring0)
{
    bool two_bytes = random_below(3) == 0;
    bool locked = is_locked(round);
    uint8_t opcode;

    do {
        opcode = (uint8_t)random_next();
    } while ((ring0 && is_deadly(opcode, two_bytes)) || (!two_bytes && !is_opcode(opcode)));
    if (two_bytes)
        code_add(round, 0x0F, 1);
    code_add(round, opcode, 1);
    if (bit_test(two_bytes ? modrm_two_byte : modrm_one_byte, opcode))
        operand_add(round, modrm_choose(opcode, two_bytes, ring0, locked));
    else if (!two_bytes && opcode >= 0xA0 && opcode <= 0xA3)
        code_add(round, random_pointer(), 4);
    else if (two_bytes || !is_shadowing(opcode))
        immediate_add(round, opcode);
}

void round_random(struct round *round)
{
    bool ring0 = random_below(2) == 0;

    code_add_prefixes(round, prefixes, sizeof(prefixes));
    opcode_add(round, ring0);
    round->frame.eflags |= EFLAGS_TF;
    if (!ring0)
        round_to_ring3(round);
    for (unsigned i = 0; i < 8; i++)
        if (random_below(4) == 0)
            round->stack[i] = random_choice(selectors, sizeof(selectors) / sizeof(selectors[0]));
}
