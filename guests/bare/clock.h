/* Ticks at 100 Hz, and the date. */
#ifndef BARE_CLOCK_H
#define BARE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One tick is 10 ms: coarse enough for an emulated timer, fine enough to preempt within a test. */
#define CLOCK_HZ 100

/* Needs the PIC remapped and the threads started: the very first tick may already switch. */
void clock_start(void);
/* Ticks since then, modulo 2^32. Callable from anywhere. */
uint32_t clock_ticks(void);

struct clock_date {
    uint8_t year, month, day, hour, minute, second; /* in binary; year within the century */
};

/* Sleeps, so only a thread may call it, and only one: the index register is shared.
   Reads the CMOS clock between its updates. False when its fields make no sense. */
bool clock_read_date(struct clock_date *date);

#endif
