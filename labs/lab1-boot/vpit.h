/*
 * Virtual 8254 timer, channel 0 (floor 1, pure state; one struct vpit in each bare guest).
 * Time is passed in, in nanoseconds of hypervisor time that never runs backwards, so the device itself never looks
 * at a clock. Source: Intel 8254 data sheet; input clock 1193182 Hz. Channel 0's gate is tied high on a PC: modes 2
 * and 3 tick for ever, 0 and 4 tick once per count written, 1 and 5 never start. Channels 1 and 2 read as zero and
 * ignore writes; the command port reads as all ones.
 */
#ifndef RINGLET_VPIT_H
#define RINGLET_VPIT_H

#include <stdbool.h>
#include <stdint.h>

#define VPIT_PORT 0x40 /* channel 0 data; command at +3 */
#define VPIT_HZ   1193182u
#define VPIT_NEVER UINT64_MAX

/*
 * Periodic ticks are at least this many input clocks apart (100.6 microseconds). With a smaller divisor only every
 * n-th edge of OUT is a tick, the smallest n that keeps the distance: a hostile guest's divisor of 1 would ask for
 * more than a million injections a second. The visible count still runs at the divisor that was written.
 */
#define VPIT_MIN_PERIOD 120u

struct vpit {
    uint64_t start;         /* input clock at which the count was loaded */
    uint64_t next_edge;     /* input clock of the first tick not yet counted in `owed`; VPIT_NEVER when none comes */
    uint64_t reload_at;     /* input clock at which `reload` takes over from `divisor`; VPIT_NEVER when none waits */
    uint64_t next_tick;     /* ns: vpit_take_tick has nothing before this; VPIT_NEVER when no tick comes */
    uint32_t divisor;       /* 1..65536 (a written 0 means 65536; 10000 in BCD) */
    uint32_t reload;        /* count written while a periodic one runs: loaded when that one's period ends */
    uint16_t latch;         /* value frozen by a latch command */
    uint8_t owed;           /* ticks due and not yet taken, 0..VPIT_MAX_OWED */
    uint8_t latch_bytes;    /* bytes of the latch still to be read: 0, 1 or 2 */
    uint8_t mode;           /* 0..5 */
    uint8_t access;         /* 1 low byte, 2 high byte, 3 low then high */
    uint8_t bcd;            /* count in four decimal digits */
    uint8_t counting;       /* a count has been written since the control word */
    uint8_t write_low;      /* first byte of a low/high write */
    uint8_t write_half;     /* a low byte has been written and its high byte is awaited */
    uint8_t read_half;      /* same for unlatched reads */
    uint8_t status;         /* status byte frozen by a read-back command */
    uint8_t status_latched;
};

/* Power-on: mode 3, not counting. */
void vpit_init(struct vpit *pit);

/* Guest port access, `port` in 0x40..0x43; `now` in ns. */
uint8_t vpit_read(struct vpit *pit, uint16_t port, uint64_t now);
void vpit_write(struct vpit *pit, uint16_t port, uint8_t value, uint64_t now);

/*
 * If a tick is due at `now`, consume one and return true. Ticks the guest had no chance to see are owed to it, one
 * per call, but no more than VPIT_MAX_OWED: a guest that slept through more loses the rest, as a real one would. The
 * bound is small on purpose: with many guests side by side, each with a turn of 10 ms, a whole turn would otherwise go
 * into handlers of old ticks, the next turn too, and none of the guests would ever get on.
 * A control word forgets what is owed; so does a new count in modes 0 and 4. After a tick next_tick is `now` while
 * more are owed, so "now < next_tick" is the caller's cheap test.
 */
#define VPIT_MAX_OWED 4
bool vpit_take_tick(struct vpit *pit, uint64_t now);

#endif
