/*
 * The instruction decoder (floor 1): bytes at a faulting EIP in, struct insn out. emulate.c calls it for every #GP of a
 * bare guest. It owns nothing and touches only its arguments, so the same object file runs in the hypervisor and under
 * the host tests.
 *
 * The bytes belong to a hostile guest. One function, peek_byte(), reads them; it never passes the limit, and once it
 * has been asked to, `overrun` stays set and nothing parsed since then counts. So no other function checks for the end.
 *
 * Layout of an instruction (SDM vol. 2 figure 2-1), and two of them:
 *
 *     prefixes | opcode, 0F opcode | ModRM | SIB | displacement | immediate
 *              | 0F 22             | C0    |     |              |              mov %eax, %cr0
 *     66       | E5                |       |     |              | 60           in $0x60, %ax
 */
#include <stdbool.h>

#include "decode.h"
#include "decode_table.h"
#include "exercise.h"

/* The bytes being decoded and how far we are. */
struct cursor {
    const uint8_t *bytes;
    size_t limit;    /* what the caller has, but at most INSN_MAX_LENGTH */
    size_t position;
    bool overrun;    /* a byte past the limit was wanted */
};

/*
 * prefixes  66 67 F2 F3 F0, segment      operand, address size, repeat, lock, override: any order, any number
 * ModRM     mod 7-6, reg 5-3, rm 2-0     mod 3: a register; else memory with 0, 1 or 2 (4) displacement bytes
 * SIB       scale 7-6, index 5-3, base 2-0
 */
/* What the prefixes say, with the code segment's default size already taken into account. */
struct prefixes {
    uint8_t operand_size; /* 2 or 4 */
    uint8_t address_size; /* 2 or 4 */
    uint8_t segment;      /* the override, or SEG_DEFAULT */
    uint8_t rep;          /* enum insn_rep */
    bool lock;
};

#define SEG_DEFAULT 0xff

/* The byte at the cursor, left in place. Past the limit it is 0, which is neither a prefix nor an opcode of ours. */
static uint8_t peek_byte(struct cursor *cursor)
{
    if (cursor->position < cursor->limit)
        return cursor->bytes[cursor->position];
    cursor->overrun = true;
    return 0;
}

/* The position may run past the limit, where every byte is 0; `overrun` has been noted by then. */
static uint8_t next_byte(struct cursor *cursor)
{
    uint8_t byte = peek_byte(cursor);

    cursor->position++;
    return byte;
}

/* A little-endian number of 0, 1, 2 or 4 bytes, sign-extended to 32 bits. */
static uint32_t next_displacement(struct cursor *cursor, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)next_byte(cursor) << (8 * i);
    if (size == 1)
        return (uint32_t)(int8_t)value;
    return size == 2 ? (uint32_t)(int16_t)value : value;
}

/*
 * Exercise 1.3: four functions of this file; this is the first. Set *prefixes to what holds without any: both sizes
 * default_size, SEG_DEFAULT, REP_NONE, no lock. Then take bytes from the cursor as long as their row of
 * encoding_one_byte has the flag PREFIX, and leave the cursor at the opcode (SDM vol. 2 section 2.1.1).
 *   26 2E 36 3E 64 65  segment ES CS SS DS FS GS      F0      lock
 *   66, 67             operand, address size: of 2    F2, F3  REP_REPNE, REP_REPE
 *                      and 4 the one that is not default_size
 * Of two prefixes of one kind the later counts; 66 66 is the same as 66. Hint: peek_byte() looks, next_byte() takes.
 */
#ifdef SOLUTION
/* A later prefix of the same kind replaces an earlier one. */
static void apply_prefix(struct prefixes *prefixes, uint8_t byte, unsigned default_size)
{
    uint8_t other_size = default_size == 4 ? 2 : 4;

    switch (byte) {
    case 0x26: prefixes->segment = SEG_ES; break;
    case 0x2e: prefixes->segment = SEG_CS; break;
    case 0x36: prefixes->segment = SEG_SS; break;
    case 0x3e: prefixes->segment = SEG_DS; break;
    case 0x64: prefixes->segment = SEG_FS; break;
    case 0x65: prefixes->segment = SEG_GS; break;
    case 0x66: prefixes->operand_size = other_size; break;
    case 0x67: prefixes->address_size = other_size; break;
    case 0xf0: prefixes->lock = true; break;
    case 0xf2: prefixes->rep = REP_REPNE; break;
    case 0xf3: prefixes->rep = REP_REPE; break;
    }
}

/* Leaves the cursor at the opcode. */
static void parse_prefixes(struct cursor *cursor, unsigned default_size, struct prefixes *prefixes)
{
    *prefixes = (struct prefixes){
        .operand_size = default_size, .address_size = default_size, .segment = SEG_DEFAULT, .rep = REP_NONE,
    };
    while (encoding_one_byte[peek_byte(cursor)].flags & PREFIX)
        apply_prefix(prefixes, next_byte(cursor), default_size);
}
#else
static void parse_prefixes(struct cursor *cursor, unsigned default_size, struct prefixes *prefixes)
{
    (void)cursor, (void)default_size, (void)prefixes;
    EXERCISE("1.3");
}
#endif

/* Consumes the opcode, but not the ModRM byte that may take part in choosing. */
static const struct encoding *find_encoding(struct cursor *cursor)
{
    const struct encoding *table = encoding_one_byte;
    uint8_t opcode = next_byte(cursor);

    if (opcode == 0x0f) {
        table = encoding_two_byte;
        opcode = next_byte(cursor);
    }
    if (table[opcode].flags & GROUP)
        return &encoding_group[table[opcode].op][(peek_byte(cursor) >> 3) & 7];
    return &table[opcode];
}

/* SDM vol. 2 table 2-1. Bases come before indexes, so that BP, which selects SS, is always the base. */
static unsigned parse_address16(uint8_t mod, uint8_t code, struct insn_rm *rm)
{
    static const uint8_t bases[8] = { REG_BX, REG_BX, REG_BP, REG_BP, REG_SI, REG_DI, REG_BP, REG_BX };
    static const uint8_t indexes[4] = { REG_SI, REG_DI, REG_SI, REG_DI };

    if (mod == 0 && code == 6) /* where [BP] would be: a plain 16-bit address */
        return 2;
    rm->base = bases[code];
    if (code < 4)
        rm->index = indexes[code];
    return mod;
}

/*
 * Exercise 1.3: a memory operand of 32-bit addressing (SDM vol. 2 tables 2-2 and 2-3). `mod` and `code` are ModRM's
 * fields mod (0 to 2) and rm. Sets base, index and scale of *rm where there are any; they come in as "none" and 1.
 * Like its 16-bit sibling it returns how many bytes of displacement follow: 0, 1 or 4.
 *   code 4: a SIB byte follows, scale | index | base in 2, 3 and 3 bits; index 4 means there is none
 *   base 5 with mod 0, with or without SIB: no base, and 4 bytes of displacement
 */
static unsigned parse_address32(struct cursor *cursor, uint8_t mod, uint8_t code, struct insn_rm *rm)
{
#ifdef SOLUTION
    if (code == REG_SP) { /* where [ESP] would be: a SIB byte */
        uint8_t sib = next_byte(cursor);
        uint8_t index = (sib >> 3) & 7;

        code = sib & 7;
        if (index != REG_SP) { /* ESP cannot be an index: its number says "none", and the scale is ignored */
            rm->index = index;
            rm->scale = 1 << (sib >> 6);
        }
    }
    if (mod == 0 && code == REG_BP) /* where [EBP] would be: a plain 32-bit address */
        return 4;
    rm->base = code;
    return mod == 2 ? 4 : mod;
#else
    (void)cursor, (void)mod, (void)code, (void)rm;
    EXERCISE("1.3");
#endif
}

/*
 * Exercise 1.3: the segment of an operand with this base register, or REG_NONE: the override if there is one, else the
 * default. An address built on the stack or frame pointer is in SS, any other in DS (table 2-1's footnote, vol. 1
 * table 3-5).
 */
static uint8_t choose_segment(const struct prefixes *prefixes, uint8_t base)
{
#ifdef SOLUTION
    if (prefixes->segment != SEG_DEFAULT)
        return prefixes->segment;
    return base == REG_SP || base == REG_BP ? SEG_SS : SEG_DS;
#else
    (void)prefixes, (void)base;
    EXERCISE("1.3");
#endif
}

/* The operand that ModRM.mod and ModRM.rm describe. */
static void parse_rm(struct cursor *cursor, const struct prefixes *prefixes, uint8_t mod, uint8_t code,
                     struct insn_rm *rm)
{
    unsigned size;

    *rm = (struct insn_rm){ .is_memory = mod != 3, .reg = code, .base = REG_NONE, .index = REG_NONE, .scale = 1 };
    if (!rm->is_memory)
        return;
    rm->reg = REG_NONE;
    if (prefixes->address_size == 2)
        size = parse_address16(mod, code, rm);
    else
        size = parse_address32(cursor, mod, code, rm);
    rm->displacement = next_displacement(cursor, size);
    rm->segment = choose_segment(prefixes, rm->base);
}

/*
 * Exercise 1.3: take the ModRM byte, mod | reg | rm in 2, 3 and 3 bits; reg goes to insn->reg, and parse_rm() does the
 * rest. One catch, for encodings with the flag MOD_IGNORED:
 * MOV to and from control and debug registers takes mod as 3 whatever it is (SDM vol. 2, MOV--Move to/from Control
 * Registers), so there is no SIB byte or displacement even where mod would announce one.
 */
static void parse_modrm(struct cursor *cursor, const struct prefixes *prefixes, unsigned flags, struct insn *insn)
{
#ifdef SOLUTION
    uint8_t modrm = next_byte(cursor);
    uint8_t mod = flags & MOD_IGNORED ? 3 : modrm >> 6;

    insn->reg = (modrm >> 3) & 7;
    parse_rm(cursor, prefixes, mod, modrm & 7, &insn->rm);
#else
    (void)parse_rm, (void)cursor, (void)prefixes, (void)flags, (void)insn;
    EXERCISE("1.3");
#endif
}

/* Outside 64-bit mode there is no CR8 (SDM vol. 3 section 2.5). DR4 and DR5 need no check: they alias DR6 and DR7. */
static bool control_register_exists(uint8_t number)
{
    return number == 0 || (number >= 2 && number <= 4);
}

/* Which of the complete instructions are ours. "Some other instruction" is settled before "no instruction at all". */
static enum decode_result check_insn(const struct encoding *encoding, const struct prefixes *prefixes,
                                     const struct insn *insn)
{
    unsigned flags = encoding->flags;

    if (!(flags & KNOWN))
        return DECODE_REFUSED;
    if (flags & CONDITIONAL) {
        if ((flags & NOT_AFTER_F3) && prefixes->rep == REP_REPE)
            return DECODE_REFUSED;
        if ((flags & MEMORY_ELSE) && !insn->rm.is_memory)
            return DECODE_REFUSED;
        if ((flags & UNDEFINED) || ((flags & MEMORY_ONLY) && !insn->rm.is_memory))
            return DECODE_INVALID;
    }
    if (prefixes->lock) /* SDM vol. 2, LOCK: #UD before anything but the listed read-modify-write instructions */
        return DECODE_INVALID;
    if ((flags & CONTROL_REG) && !control_register_exists(insn->reg))
        return DECODE_INVALID;
    return DECODE_OK;
}

/* What prefixes and opcode settle together. */
static void begin_insn(const struct encoding *encoding, const struct prefixes *prefixes, struct insn *insn)
{
    insn->op = encoding->op;
    insn->length = 0;
    insn->operand_size = encoding->width ? encoding->width : prefixes->operand_size;
    insn->address_size = prefixes->address_size;
    insn->rep = encoding->flags & REPEATS ? prefixes->rep : REP_NONE;
    insn->segment = choose_segment(prefixes, REG_NONE);
    insn->reg = 0;
    insn->has_immediate = false;
    insn->immediate = 0;
    if (!(encoding->flags & MODRM))
        insn->rm = (struct insn_rm){ 0 };
}

/* Everything but the limits: the parts in the order in which they lie in memory. */
static enum decode_result parse_insn(struct cursor *cursor, unsigned default_size, struct insn *insn)
{
    struct prefixes prefixes;
    const struct encoding *encoding;

    parse_prefixes(cursor, default_size, &prefixes);
    encoding = find_encoding(cursor);
    begin_insn(encoding, &prefixes, insn);
    if (encoding->flags & MODRM)
        parse_modrm(cursor, &prefixes, encoding->flags, insn);
    if (encoding->flags & IMMEDIATE) {
        insn->has_immediate = true;
        insn->immediate = next_byte(cursor);
    }
    insn->length = cursor->position;
    return check_insn(encoding, &prefixes, insn);
}

/*
 * "More bytes" is settled here for the whole file: a byte that was missing makes all that was parsed since then void,
 * whatever it looked like.
 */
enum decode_result decode(const uint8_t *bytes, size_t count, unsigned default_size, struct insn *out)
{
    struct cursor cursor = { .bytes = bytes, .limit = count < INSN_MAX_LENGTH ? count : INSN_MAX_LENGTH };
    enum decode_result result = parse_insn(&cursor, default_size, out);

    if (cursor.overrun) /* at the full 15 bytes no further byte would help, and the processor's #GP stands */
        return count < INSN_MAX_LENGTH ? DECODE_MORE : DECODE_REFUSED;
    return result;
}
