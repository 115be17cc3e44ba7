/*
 * Turning counter ticks into nanoseconds (floor 1, pure). Source of the form: Xen public header xen.h,
 * struct vcpu_time_info.
 *
 *      ns = ticks * 10^9 / hz, without a division:   ticks << shift           now a counter of 1 to 2 GHz
 *                                                    * multiplier >> 32       multiplier = 2^32 * 10^9 / that rate
 *
 * A multiplication and a shift take a few cycles where a 64-bit division takes dozens, and this runs for every
 * question about time.
 */
#include "math64.h"
#include "time.h"

#define NS_PER_SECOND 1000000000u

/*
 * With the rate above 10^9 the quotient is below 2^32 and fits; up to 2 * 10^9 it is at least 2^31, so all of its bits
 * are used: an error of one part in 2^31, two seconds in a century.
 */
struct time_scale time_scale_from_hz(uint64_t hz)
{
    struct time_scale scale = { 0, 0 };
    uint32_t remainder;

    while (hz > 2ull * NS_PER_SECOND) {
        hz >>= 1;
        scale.shift--;
    }
    while (hz <= NS_PER_SECOND) {
        hz <<= 1;
        scale.shift++;
    }
    scale.multiplier = (uint32_t)div64_32((uint64_t)NS_PER_SECOND << 32, (uint32_t)hz, &remainder);
    return scale;
}

/* The 96-bit product of the multiplication is never needed whole: mul64_32_shift32() keeps its middle. */
uint64_t time_scale_apply(const struct time_scale *scale, uint64_t ticks)
{
    ticks = scale->shift < 0 ? ticks >> -scale->shift : ticks << scale->shift;
    return mul64_32_shift32(ticks, scale->multiplier);
}
