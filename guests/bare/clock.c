/* The 8254 as the tick of the kernel, and the CMOS clock read once in a while. The tick drives the threads. Called by
   main to start, by the shell's commands, and by the timer interrupt. */
#include "clock.h"

#include "devices.h"
#include "io.h"
#include "threads.h"

/* Registers 0, 2, 4, 7, 8, 9 of the MC146818 hold second, minute, hour, day, month and year. */
#define CMOS_STATUS_A       0x0A
#define CMOS_STATUS_B       0x0B
#define STATUS_A_UPDATING   0x80    /* set shortly before and during the update, once a second */
#define STATUS_B_BINARY     0x04

static volatile uint32_t ticks; /* since clock_start; written by clock_tick alone */

/* The interrupt is ended before the switch: the thread that comes next may not return here for long, and until the
   end of this interrupt the controller would hold back every other (8259A data sheet, fully nested mode). */
static struct trap_frame *clock_tick(struct trap_frame *frame)
{
    ticks = ticks + 1;
    pic_end(IRQ_TIMER);
    return threads_schedule(frame, true);   /* the interrupted frame may not be resumed for long */
}

/* Handler first, then the device, the mask last: an interrupt can never find no handler. Interrupts are still off. */
void clock_start(void)
{
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, clock_tick);
    pit_start(PIT_SQUARE, PIT_INPUT_HZ / CLOCK_HZ);
    pic_unmask(IRQ_TIMER);
}

/* Wraps after 497 days; who compares takes differences. */
uint32_t clock_ticks(void)
{
    return ticks;
}

/* Index and data are two ports, so this is no critical section only because one thread alone reads the clock. */
static uint8_t cmos_read(uint8_t index)
{
    port_write8(PORT_CMOS_INDEX, index);
    return port_read8(PORT_CMOS_DATA);
}

/* The MC146818 counts in BCD unless told otherwise by whoever set it. */
static uint8_t cmos_number(uint8_t index)
{
    uint8_t value = cmos_read(index);

    if (cmos_read(CMOS_STATUS_B) & STATUS_B_BINARY)
        return value;
    return (uint8_t)((value >> 4) * 10 + (value & 0xF));
}

/* The fields are read one by one, so a second may pass in between: the date is sane, not a moment in time. */
bool clock_read_date(struct clock_date *date)
{
    /* an update takes 2 ms at most; a tick is 10 */
    for (unsigned tries = 0; (cmos_read(CMOS_STATUS_A) & STATUS_A_UPDATING) && tries < CLOCK_HZ; tries++)
        thread_sleep(1);
    *date = (struct clock_date){ cmos_number(9), cmos_number(8), cmos_number(7), cmos_number(4), cmos_number(2),
                                 cmos_number(0) };
    /* a port that nobody owns reads 0xFF, which is no date */
    return date->month >= 1 && date->month <= 12 && date->day >= 1 && date->day <= 31 && date->hour < 24 &&
           date->minute < 60 && date->second < 60 && date->year < 100;
}
