/*
 * Turning counter ticks into nanoseconds (floor 1, pure). Source of the form: Xen public header xen.h,
 * struct vcpu_time_info.
 */
#include "math64.h"
#include "time.h"

#define NS_PER_SECOND 1000000000u

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

uint64_t time_scale_apply(const struct time_scale *scale, uint64_t ticks)
{
    ticks = scale->shift < 0 ? ticks >> -scale->shift : ticks << scale->shift;
    return mul64_32_shift32(ticks, scale->multiplier);
}
