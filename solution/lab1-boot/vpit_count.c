/*
 * What the virtual 8254's counter shows at a given input clock (floor 1, pure functions of struct vpit): the count, the
 * level of OUT, the status byte; and the exact conversion between nanoseconds and input clocks. Called by vpit.c.
 * Nothing is stepped: everything is computed from the clocks passed since the count was loaded.
 * Section titles in the comments are those of the Intel 8254 data sheet.
 */
#include "vpit_count.h"
#include "math64.h"

#define NS_PER_SECOND 1000000000u
#define STATUS_OUT    0x80 /* level of OUT */
#define STATUS_NULL   0x40 /* null count */

/* Input clocks since time 0. Whole seconds apart from the rest: neither product can exceed 64 bits for any ns. */
uint64_t vpit_ns_to_clock(uint64_t ns)
{
    uint32_t rest, ignored;
    uint64_t seconds = div64_32(ns, NS_PER_SECOND, &rest);

    return seconds * VPIT_HZ + div64_32((uint64_t)rest * VPIT_HZ, NS_PER_SECOND, &ignored);
}

/* The first nanosecond at which vpit_ns_to_clock() reaches `clock`. */
uint64_t vpit_clock_to_ns(uint64_t clock)
{
    uint32_t rest, ignored;
    uint64_t seconds = div64_32(clock, VPIT_HZ, &rest);

    return seconds * NS_PER_SECOND + div64_32((uint64_t)rest * NS_PER_SECOND + VPIT_HZ - 1, VPIT_HZ, &ignored);
}

/* Clocks since the load; zero before the first one. */
static uint64_t clocks_counted(const struct vpit *pit, uint64_t clock)
{
    return pit->counting && clock > pit->start ? clock - pit->start : 0;
}

/* Clocks into the current period. */
uint32_t vpit_position(const struct vpit *pit, uint64_t clock)
{
    uint32_t position;

    div64_32(clocks_counted(pit, clock), pit->divisor, &position);
    return position;
}

/* "Mode 3": OUT is high for half the period, and for the odd clock of an odd divisor. */
static uint32_t high_clocks(const struct vpit *pit)
{
    return (pit->divisor + 1) / 2;
}

/* "Mode 3": counts down by two, from an even number, twice in each period. */
static uint32_t count_square_wave(const struct vpit *pit, uint64_t clock)
{
    uint32_t position = vpit_position(pit, clock);

    if (position >= high_clocks(pit))
        position -= high_clocks(pit);
    return (pit->divisor & ~1u) - 2 * position;
}

/* "Mode 0": counts through zero and on from the largest number. Mode 4 counts the same way. */
static uint32_t count_once(const struct vpit *pit, uint64_t clock)
{
    uint32_t span = pit->bcd ? 10000 : 65536, position;

    div64_32(clocks_counted(pit, clock), span, &position);
    return pit->divisor + span - position;
}

/* Four decimal digits; 10000 shows as 0, as 65536 does in binary. */
static uint16_t encode_bcd(uint32_t count)
{
    return (uint16_t)(count / 1000 % 10 << 12 | count / 100 % 10 << 8 | count / 10 % 10 << 4 | count % 10);
}

/* The counting element as a guest reads it. */
/*
 *      mode 0, 4   N, N-1 ... 1, 0, and on from 65535 (9999)     modes 1 and 5 never start: N
 *      mode 2      N, N-1 ... 2, 1, N, N-1 ...
 *      mode 3      N, N-2 ... 4, 2, N, N-2 ...                   two rounds for each period of OUT
 */
uint16_t vpit_count(const struct vpit *pit, uint64_t clock)
{
    uint32_t count = pit->divisor;

    if (pit->mode == 0 || pit->mode == 4)
        count = count_once(pit, clock);
    else if (pit->mode == 2)
        count -= vpit_position(pit, clock);
    else if (pit->mode == 3)
        count = count_square_wave(pit, clock);
    return pit->bcd ? encode_bcd(count) : (uint16_t)count;
}

/*
 * Level of OUT; the tick is its rising edge. A control word sets it low in mode 0 and high in the others.
 *
 *   mode 0  ____________|~~~~~~~   once        mode 2  ~~~~~~~~~~~|_|~~~~~~~~~~~|_|~~   for ever
 *   mode 4  ~~~~~~~~~~~~|_|~~~~~   once        mode 3  ~~~~~~~|______|~~~~~~~|______|   for ever
 *           0           N                              0             N             2N
 */
static bool is_out_high(const struct vpit *pit, uint64_t clock)
{
    switch (pit->mode) {
    case 0:
        return pit->counting && clocks_counted(pit, clock) >= pit->divisor;
    case 2:
        return vpit_position(pit, clock) != pit->divisor - 1;
    case 3:
        return vpit_position(pit, clock) < high_clocks(pit);
    case 4:
        return clocks_counted(pit, clock) != pit->divisor;
    default:
        return true;
    }
}

/* "Read-Back Command", status byte. Null count: what was written last is not yet what counts. */
uint8_t vpit_status(const struct vpit *pit, uint64_t clock)
{
    bool is_null = !pit->counting || clock < pit->start || pit->reload_at != VPIT_NEVER;
    uint8_t programmed = (uint8_t)(pit->access << 4 | pit->mode << 1 | pit->bcd);

    return programmed | (is_null ? STATUS_NULL : 0) | (is_out_high(pit, clock) ? STATUS_OUT : 0);
}
