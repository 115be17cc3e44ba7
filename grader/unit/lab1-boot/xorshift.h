/*
 * Repeatable pseudo-random numbers for the random-operation tests (Marsaglia's xorshift, 64 bits). Test code only; each
 * test owns its seed, so a failure comes back on every run. The seed must not be zero.
 */
#ifndef RINGLET_XORSHIFT_H
#define RINGLET_XORSHIFT_H

#include <stdint.h>

static inline uint32_t xorshift_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

#endif
