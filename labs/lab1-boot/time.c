/*
 * The clock and the tick (floor 1). Owns the real 8254 and the TSC's scale. Invariant: time never goes backwards, and
 * time_cached() is the time_read() of the last tick. The 8254's channel 2 measures the TSC once at boot; channel 0
 * then ticks TICK_HZ times a second for good (Intel 8254 data sheet; port 0x61 as on the IBM AT).
 *
 *      1193182 Hz --+-> channel 0 -> IRQ 0, TICK_HZ          the tick: who runs, virtual timers, keyboard
 *                   +-> channel 2 -> port 0x61 bit 5         10 ms by which the TSC is measured
 *      TSC (rdtsc) - boot_tsc -> scale -> ns                 what time it is
 *
 * The tick is for being interrupted; what time it is always comes from the TSC, so a late tick loses nothing.
 */
#include "time.h"
#include "cpu.h"
#include "math64.h"
#include "print.h"

/* A twelfth of the first PC's 14.31818 MHz crystal: no round number, hence the divisions. */
#define PIT_HZ       1193182u
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define SPEAKER      0x61 /* bit 0: gate of channel 2, bit 1: speaker, bit 5: channel 2's output */
#define CMOS         0x70

#define MEASURE_HZ 100 /* the measurement lasts 10 ms */

/* boot_tsc: the counter at time 0. last_tick: ns. */
static struct time_scale scale;
static uint64_t boot_tsc, last_tick;

/*
 * TSC ticks per second: let channel 2 count down once in mode 0, whose output rises at zero.
 *
 *      OUT, port 0x61 bit 5    ____________|~~~~~~
 *                              ^ start     ^ 10 ms later
 */
static uint64_t tsc_measure_hz(void)
{
    const uint32_t count = PIT_HZ / MEASURE_HZ;

    out8(SPEAKER, (uint8_t)((in8(SPEAKER) & ~2u) | 1u));
    out8(PIT_COMMAND, 0xb0); /* channel 2, low then high byte, mode 0 */
    out8(PIT_CHANNEL2, count & 0xff);
    out8(PIT_CHANNEL2, count >> 8);
    /* The count is loaded by the next input clock, within a microsecond: of 10 ms that is one part in 10^4. */
    uint64_t start = tsc_read();
    while (!(in8(SPEAKER) & 0x20))
        ;
    return (tsc_read() - start) * MEASURE_HZ;
}

/* Mode 2 reloads itself, so the rate does not depend on how soon the interrupt is handled. */
static void tick_start(void)
{
    const uint32_t divisor = PIT_HZ / TICK_HZ;

    out8(PIT_COMMAND, 0x34); /* channel 0, low then high byte, mode 2 */
    out8(PIT_CHANNEL0, divisor & 0xff);
    out8(PIT_CHANNEL0, divisor >> 8);
}

/* The TSC is taken to run at a constant rate, whatever the CPU's frequency does (SDM vol. 3: "invariant TSC"). */
void time_init(void)
{
    uint32_t rest;
    uint64_t hz = tsc_measure_hz();

    scale = time_scale_from_hz(hz);
    boot_tsc = tsc_read();
    tick_start();
    print("clock: time-stamp counter at %llu MHz, %u ticks a second\n",
          (unsigned long long)div64_32(hz + 500000, 1000000, &rest), TICK_HZ);
}

struct time_scale time_origin(uint64_t *tsc)
{
    *tsc = boot_tsc;
    return scale;
}

/* From the counter, a few dozen cycles; monotonic because the counter is. */
uint64_t time_read(void)
{
    return time_scale_apply(&scale, tsc_read() - boot_tsc);
}

/* For whatever happens at each trap: a memory read. */
uint64_t time_cached(void)
{
    return last_tick;
}

void time_tick(void)
{
    last_tick = time_read();
}

/* Writing the index clears the PC's NMI mask (bit 7) as well, which is how firmware leaves it. */
uint8_t time_clock_register(uint8_t reg)
{
    out8(CMOS, reg);
    return in8(CMOS + 1);
}
