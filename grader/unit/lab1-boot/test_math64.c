/* sources: */
/*
 * Unit tests of math64.h (floor 1). The hypervisor's i386 version of div64_32 is two DIVLs in inline assembly, which a
 * 64-bit x86 host can run as well, so the header is included twice: as the host sees it, and once more under other
 * names with __i386__ defined. Both must agree with 128-bit arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math64.h"
#include "xorshift.h"

#undef RINGLET_MATH64_H
#define __i386__ 1
#define div64_32         div64_32_i386
#define mul64_32_shift32 mul64_32_shift32_i386
#include "math64.h"
#undef div64_32
#undef mul64_32_shift32

static const uint64_t edges[] = {
    0, 1, 2, 9, 10, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001, 0x1ffffffff,
    999999999, 1000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffeffffffff, 0xffffffffffffffff,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

static void check_division(uint64_t n, uint32_t d)
{
    uint32_t plain_rest, asm_rest;

    assert_true(div64_32(n, d, &plain_rest) == n / d);
    assert_true(div64_32_i386(n, d, &asm_rest) == n / d);
    assert_int_equal(plain_rest, n % d);
    assert_int_equal(asm_rest, n % d);
}

static void check_scaling(uint64_t a, uint32_t factor)
{
    uint64_t exact = (uint64_t)((unsigned __int128)a * factor >> 32);

    assert_true(mul64_32_shift32(a, factor) == exact);
    assert_true(mul64_32_shift32_i386(a, factor) == exact);
}

static void test_edges(void **state)
{
    (void)state;
    for (unsigned i = 0; i < EDGES; i++) {
        for (unsigned j = 0; j < EDGES; j++) {
            check_scaling(edges[i], (uint32_t)edges[j]);
            if ((uint32_t)edges[j] != 0)
                check_division(edges[i], (uint32_t)edges[j]);
        }
    }
}

/* Every magnitude of both operands, not just large ones: shift the random bits down by a random amount. */
static void test_random_operands(void **state)
{
    uint64_t seed = 0x64;

    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        uint64_t a = ((uint64_t)xorshift_next(&seed) << 32 | xorshift_next(&seed)) >> (i & 63);
        uint32_t b = xorshift_next(&seed) >> (i >> 6 & 31);

        check_scaling(a, b);
        if (b != 0)
            check_division(a, b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_random_operands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
