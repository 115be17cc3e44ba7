/*
 * The record that a guest under test leaves in its memory, and the arithmetic both sides must agree on (freestanding:
 * compiled into guests and into the grader, all labs).
 *
 *   header, in the guest's image, filled in by the grader before the boot:      tag 16 | secret 16 | seed 4
 *   record, written by the guest, searched for in RAM:   ~tag 16 | count 4 | count * { key 4, value 4 } | sum 8
 *
 * ~tag is nowhere in the image, so only a record that a guest has written is found. The sum is SipHash-2-4 (Aumasson,
 * Bernstein 2012) under the secret, over everything before it.
 */
#ifndef RINGLET_EVIDENCE_RECORD_H
#define RINGLET_EVIDENCE_RECORD_H

#include <stdint.h>

#define EVIDENCE_ENTRIES 64     /* bounds every loop over a record that a guest wrote */

struct evidence_header {
    uint8_t tag[16];            /* public name of this run's guest, stored inverted in the record */
    uint8_t secret[16];         /* key of the sum; fresh for each run */
    uint32_t seed;              /* what the guest's answers depend on */
};

struct evidence_entry {
    uint32_t key, value;
};

/* No padding: all members are multiples of 4 long, and the sum is bytes. Guest and grader are both little-endian. */
struct evidence_record {
    uint8_t mark[16];
    uint32_t count;             /* entries in use; not to be believed before it is compared */
    struct evidence_entry entries[EVIDENCE_ENTRIES];
    uint8_t sum[8];
};

/* Little-endian, 0 to 8 bytes. */
static inline uint64_t evidence_word(const uint8_t *bytes, uint32_t count)
{
    uint64_t word = 0;

    while (count-- > 0)
        word = word << 8 | bytes[count];
    return word;
}

/* `bits` from 1 to 63: a shift by 64 is undefined. */
static inline uint64_t evidence_rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

/* One SipRound of the paper. */
static inline void evidence_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = evidence_rotate(v[1], 13) ^ v[0], v[3] = evidence_rotate(v[3], 16) ^ v[2];
    v[0] = evidence_rotate(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = evidence_rotate(v[1], 17) ^ v[2], v[3] = evidence_rotate(v[3], 21) ^ v[0];
    v[2] = evidence_rotate(v[2], 32);
}

/* The 2 of SipHash-2-4: rounds for each word; evidence_sum ends with the 4. */
static inline void evidence_absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    evidence_round(v);
    evidence_round(v);
    v[0] ^= word;
}

/* The four constants are "somepseudorandomlygeneratedbytes" in the paper. The length counts modulo 256. */
static inline uint64_t evidence_sum(const uint8_t secret[16], const uint8_t *bytes, uint32_t count)
{
    uint64_t low = evidence_word(secret, 8), high = evidence_word(secret + 8, 8);
    uint64_t v[4] = { low ^ 0x736f6d6570736575u, high ^ 0x646f72616e646f6du, low ^ 0x6c7967656e657261u,
                      high ^ 0x7465646279746573u };
    uint32_t whole = count & ~7u;

    for (uint32_t i = 0; i < whole; i += 8)
        evidence_absorb(v, evidence_word(bytes + i, 8));
    evidence_absorb(v, (uint64_t)count << 56 | evidence_word(bytes + whole, count - whole));
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        evidence_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * Bytes of the record that the sum covers.
 * mark 16 + count 4, then the entries in use. Only for a count that was compared with EVIDENCE_ENTRIES.
 */
static inline uint32_t evidence_covered(const struct evidence_record *record)
{
    return 20 + 8 * record->count;
}

/* Next number of the generator that guest and check share; *state starts as the seed. xorshift32, Marsaglia 2003. */
static inline uint32_t evidence_next(uint32_t *state)
{
    uint32_t x = *state ? *state : 0x9e3779b9u;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
