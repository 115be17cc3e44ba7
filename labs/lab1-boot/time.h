/*
 * Time (floor 1): nanoseconds since boot, from the time-stamp counter, and the physical tick that drives everything.
 */
#ifndef RINGLET_TIME_H
#define RINGLET_TIME_H

#include <stdint.h>

#define TICK_HZ 1000 /* the tick bounds how long a guest can keep the CPU and how exact virtual timers are */
#define TICK_NS (1000000000u / TICK_HZ)

/*
 * ns = (ticks << shift, or >> -shift) * multiplier >> 32: the form guests get as vcpu_time_info (Xen public
 * header xen.h), so that guest and hypervisor compute the same time from the same counter.
 */
struct time_scale {
    uint32_t multiplier; /* a binary fraction: units of 2^-32 ns per shifted tick */
    int8_t shift;        /* to the left when positive */
};

/* For a counter of `hz` ticks a second (hz >= 1000): shift brings it into (10^9, 2*10^9], so no precision is lost. */
struct time_scale time_scale_from_hz(uint64_t hz);
uint64_t time_scale_apply(const struct time_scale *scale, uint64_t ticks);

/* Measure the TSC against the 8254 and start the tick. */
void time_init(void);

/* The scale of the TSC and what it read at time 0: with them a guest computes time_read() for itself. */
struct time_scale time_origin(uint64_t *tsc);

/* Now, in ns since boot; reads the counter. */
uint64_t time_read(void);

/* The time at the last tick: exact to 1 ms and free. */
uint64_t time_cached(void);

/* The tick interrupt came. */
void time_tick(void);

/* Register `reg` (0x00-0x0d) of the real CMOS clock. */
uint8_t time_clock_register(uint8_t reg);

#endif
