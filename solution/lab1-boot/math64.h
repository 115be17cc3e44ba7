/*
 * 64-bit arithmetic that needs no compiler run-time library (floor 1). On i386 gcc and clang turn u64 / u32 into a
 * call to libgcc; two DIVL instructions do the same. Host-side tests compile the plain C version.
 */
#ifndef RINGLET_MATH64_H
#define RINGLET_MATH64_H

#include <stdint.h>

/* Quotient of n / d; the remainder goes to *remainder. d must not be zero. */
static inline uint64_t div64_32(uint64_t n, uint32_t d, uint32_t *remainder)
{
#ifdef __i386__
    /* As on paper, with digits of 32 bits: the high digit first, its rest in front of the low one. */
    uint32_t high = (uint32_t)(n >> 32), low = (uint32_t)n, high_quotient = high / d, rest = high % d;

    __asm__("divl %2" : "+a"(low), "+d"(rest) : "r"(d) : "cc"); /* rest < d, so the quotient fits: no #DE */
    *remainder = rest;
    return (uint64_t)high_quotient << 32 | low;
#else
    *remainder = (uint32_t)(n % d);
    return n / d;
#endif
}

/* (a * factor) >> 32, exact, for any a whose result fits 64 bits: scales by a 32-bit binary fraction. */
/*
 *      a = high * 2^32 + low      a * factor >> 32  =  high * factor  +  (low * factor >> 32)
 *
 * Neither product exceeds 64 bits, since each factor has 32.
 */
static inline uint64_t mul64_32_shift32(uint64_t a, uint32_t factor)
{
    return (a >> 32) * factor + (((a & 0xffffffffu) * factor) >> 32);
}

#endif
