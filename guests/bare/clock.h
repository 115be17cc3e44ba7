/* Ticks at 100 Hz, and the date. */
#ifndef BARE_CLOCK_H
#define BARE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_HZ 100

void clock_start(void);
uint32_t clock_ticks(void);

struct clock_date {
    uint8_t year, month, day, hour, minute, second;     /* year within the century */
};

/* Reads the CMOS clock between its updates. False when its fields make no sense. */
bool clock_read_date(struct clock_date *date);

#endif
