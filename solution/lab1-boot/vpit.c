/*
 * Virtual 8254, channel 0 (floor 1). Owns struct vpit; called by port I/O emulation and by whoever injects virtual
 * interrupts; vpit_count.c computes what the counter shows. Pure: nanoseconds come in, ticks and bytes go out.
 * Nothing is stepped, so a guest asleep for a year costs a few divisions. All positions are kept in input clocks and
 * converted without rounding error, so ten years of ticks do not drift.
 * Invariant: owed <= VPIT_MAX_OWED; reload_at is set only while a periodic mode counts.
 * Names and section titles in the comments are those of the Intel 8254 data sheet.
 */
#include "vpit_count.h"
#include "math64.h"

/*
 * Control word, port 0x43 ("Control Word Format", "Read-Back Command"):
 *
 *   7   6   5   4   3   2   1   0
 *   channel access     mode    BCD   access 0: latch the count; else 1 low, 2 high, 3 low then high byte
 *   1   1 -COUNT -STATUS C2 C1  C0  0    read back: the two latches are active low; C0 is our channel
 */
#define READ_BACK        3 /* channel field of a control word */
#define READ_BACK_COUNT  0x20 /* clear: latch the count */
#define READ_BACK_STATUS 0x10 /* clear: latch the status */
#define READ_BACK_OURS   0x02 /* set: of channel 0 */

/* The chip's state after power-on is undefined; a BIOS leaves mode 3 with the largest count. Ours does not run yet. */
void vpit_init(struct vpit *pit)
{
    *pit = (struct vpit){
        .next_edge = VPIT_NEVER, .reload_at = VPIT_NEVER, .next_tick = VPIT_NEVER,
        .divisor = 65536, .mode = 3, .access = 3,
    };
}

/* The modes that reload themselves. */
static bool is_periodic(const struct vpit *pit)
{
    return pit->mode == 2 || pit->mode == 3;
}

/* Distance of periodic ticks: a multiple of the divisor, so that each is a real edge of OUT. See VPIT_MIN_PERIOD. */
static uint32_t tick_period(uint32_t divisor)
{
    return divisor >= VPIT_MIN_PERIOD ? divisor : (VPIT_MIN_PERIOD + divisor - 1) / divisor * divisor;
}

/* First rising edge of OUT after a load at `start`. Mode 4 strobes low for one clock when the count ends. */
static uint64_t first_edge(const struct vpit *pit, uint64_t start)
{
    switch (pit->mode) {
    case 0:
        return start + pit->divisor;
    case 2:
    case 3:
        return start + tick_period(pit->divisor);
    case 4:
        return start + pit->divisor + 1;
    default:
        return VPIT_NEVER;
    }
}

/*
 *      start        + divisor      + 2 * divisor
 *      |              |              |              periodic: next_edge moves from one to the next
 *      load           edge           edge           once: then VPIT_NEVER
 */
/* Start a count loaded at input clock `start`, which may be the next one, or a period's end already passed. */
static void begin_count(struct vpit *pit, uint32_t divisor, uint64_t start)
{
    pit->divisor = divisor;
    pit->start = start;
    pit->reload_at = VPIT_NEVER;
    pit->counting = 1;
    pit->next_edge = first_edge(pit, start);
}

/* Move the edges up to and including clock `limit` into `owed`. */
static void count_edges(struct vpit *pit, uint64_t limit)
{
    uint64_t edges = 1;
    uint32_t period = tick_period(pit->divisor), ignored;

    if (limit < pit->next_edge)
        return;
    if (is_periodic(pit)) {
        edges += div64_32(limit - pit->next_edge, period, &ignored);
        pit->next_edge += edges * period;
    } else {
        pit->next_edge = VPIT_NEVER;
    }
    pit->owed = edges > (uint64_t)(VPIT_MAX_OWED - pit->owed) ? VPIT_MAX_OWED : (uint8_t)(pit->owed + edges);
}

/*
 * Bring the state up to `now`, through the change of divisor if it came due on the way. Returns the input clock.
 *
 *      |----|----|----|--+--------|--------|----+---> clock
 *      edges of the old  |        edges of the  now
 *      divisor           reload_at   new one
 *
 * Each edge passed is one more tick owed, up to VPIT_MAX_OWED; none is passed one by one.
 */
static uint64_t catch_up(struct vpit *pit, uint64_t now)
{
    uint64_t clock = vpit_ns_to_clock(now);

    count_edges(pit, clock < pit->reload_at ? clock : pit->reload_at);
    if (clock >= pit->reload_at) {
        begin_count(pit, pit->reload, pit->reload_at);
        count_edges(pit, clock);
    }
    return clock;
}

/* Set next_tick from the state at `now`. Behind a waiting reload the edges follow the new divisor, not the old. */
static void schedule_tick(struct vpit *pit, uint64_t now)
{
    uint64_t edge = pit->next_edge;

    if (edge > pit->reload_at)
        edge = pit->reload_at + tick_period(pit->reload);
    pit->next_tick = edge == VPIT_NEVER ? VPIT_NEVER : vpit_clock_to_ns(edge);
    if (pit->owed > 0)
        pit->next_tick = now;
}

/* The first test is the usual way out: it runs on every trap and must not divide. */
bool vpit_take_tick(struct vpit *pit, uint64_t now)
{
    bool is_due;

    if (now < pit->next_tick)
        return false;
    catch_up(pit, now);
    is_due = pit->owed > 0;
    pit->owed -= is_due;
    schedule_tick(pit, now);
    return is_due;
}

/* A second latch before the first has been read is ignored ("Counter Latch Command"). */
static void latch_count(struct vpit *pit, uint64_t clock)
{
    if (pit->latch_bytes > 0)
        return;
    pit->latch = vpit_count(pit, clock);
    pit->latch_bytes = pit->access == 3 ? 2 : 1;
}

/* Both latches in one command; each is skipped while an earlier one of its kind is unread. */
static void read_back(struct vpit *pit, uint8_t command, uint64_t clock)
{
    if (!(command & READ_BACK_OURS))
        return;
    if (!(command & READ_BACK_COUNT))
        latch_count(pit, clock);
    if (!(command & READ_BACK_STATUS) && !pit->status_latched) {
        pit->status = vpit_status(pit, clock);
        pit->status_latched = 1;
    }
}

/* A new mode stops the count, empties the latches and forgets half-written and half-read numbers. */
static void write_control(struct vpit *pit, uint8_t command)
{
    unsigned mode = command >> 1 & 7;
    uint32_t divisor = pit->divisor;

    vpit_init(pit);
    pit->divisor = divisor;
    pit->access = command >> 4 & 3;
    pit->mode = (uint8_t)(mode > 5 ? mode - 4 : mode); /* modes 6 and 7 are 2 and 3: "X" in the control word */
    pit->bcd = command & 1;
}

/* Channels 1 and 2 (memory refresh and the speaker) are not given to guests: what is meant for them is dropped. */
static void write_command(struct vpit *pit, uint8_t command, uint64_t clock)
{
    unsigned channel = command >> 6;

    if (channel == READ_BACK)
        read_back(pit, command, clock);
    else if (channel == 0 && (command >> 4 & 3) == 0)
        latch_count(pit, clock);
    else if (channel == 0)
        write_control(pit, command);
}

/* Zero is the largest count. A hostile BCD number with digits above 9 is at most 16665: odd, but in range. */
static uint32_t count_to_divisor(const struct vpit *pit, uint32_t count)
{
    if (count == 0)
        return pit->bcd ? 10000 : 65536;
    if (!pit->bcd)
        return count;
    return (count >> 12) * 1000 + (count >> 8 & 15) * 100 + (count >> 4 & 15) * 10 + (count & 15);
}

/*
 * "Mode 2", "Mode 3": a count written while one runs waits for the end of the period (mode 3's half period is not
 * worth a second case: both edges would only move by half a tick, once). Otherwise it is loaded by the next clock.
 */
static void load_count(struct vpit *pit, uint32_t count, uint64_t clock)
{
    uint32_t divisor = count_to_divisor(pit, count);

    if (pit->counting && is_periodic(pit) && clock >= pit->start) {
        pit->reload = divisor;
        pit->reload_at = clock - vpit_position(pit, clock) + pit->divisor;
        return;
    }
    pit->owed = 0;
    begin_count(pit, divisor, clock + 1);
}

/* "Mode 0": the first byte of two stops the count, so that the old one cannot expire between the two writes. */
static void hold_low_byte(struct vpit *pit, uint8_t value)
{
    pit->write_low = value;
    pit->write_half = 1;
    if (pit->mode != 0)
        return;
    pit->counting = 0;
    pit->owed = 0;
    pit->next_edge = VPIT_NEVER;
}

/* A count arrives as one byte or as two, as the control word said; the missing half is zero. */
static void write_data(struct vpit *pit, uint8_t value, uint64_t clock)
{
    if (pit->access == 1) {
        load_count(pit, value, clock);
    } else if (pit->access == 2) {
        load_count(pit, (uint32_t)value << 8, clock);
    } else if (!pit->write_half) {
        hold_low_byte(pit, value);
    } else {
        pit->write_half = 0;
        load_count(pit, (uint32_t)value << 8 | pit->write_low, clock);
    }
}

/* Port 0x43 is write-only on the chip; ports of channels 1 and 2 are taken and dropped. */
void vpit_write(struct vpit *pit, uint16_t port, uint8_t value, uint64_t now)
{
    uint64_t clock = catch_up(pit, now); /* ticks due by now belong to the old programming */

    if (port == VPIT_PORT)
        write_data(pit, value, clock);
    else if (port == VPIT_PORT + 3)
        write_command(pit, value, clock);
    schedule_tick(pit, now);
}

/* The byte of `count` that a read gives: access 1 low, 2 high, 3 low first. */
static uint8_t select_byte(const struct vpit *pit, uint16_t count, bool is_second)
{
    return (uint8_t)(pit->access == 2 || is_second ? count >> 8 : count);
}

/* A latched count is given out by as many reads as it has bytes. */
static uint8_t read_latch(struct vpit *pit)
{
    bool is_second = pit->access == 3 && pit->latch_bytes == 1;

    pit->latch_bytes--;
    return select_byte(pit, pit->latch, is_second);
}

/* Unlatched reads alternate between the bytes too; the count moves on between them, as on the chip. */
static uint8_t read_live(struct vpit *pit, uint64_t clock)
{
    bool is_second = pit->read_half;

    pit->read_half = pit->access == 3 && !is_second;
    return select_byte(pit, vpit_count(pit, clock), is_second);
}

/* A latched status comes first, then a latched count ("Read-Back Command"), then the count as it is. */
uint8_t vpit_read(struct vpit *pit, uint16_t port, uint64_t now)
{
    uint64_t clock = catch_up(pit, now);

    if (port != VPIT_PORT)
        return port == VPIT_PORT + 3 ? 0xff : 0;
    if (pit->status_latched) {
        pit->status_latched = 0;
        return pit->status;
    }
    return pit->latch_bytes > 0 ? read_latch(pit) : read_live(pit, clock);
}
