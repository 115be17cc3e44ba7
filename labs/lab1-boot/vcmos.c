/*
 * Virtual CMOS clock (floor 1). Owns struct vcmos, which is no more than the selected register; called by port I/O
 * emulation. Invariant: index <= 0x7f. The time itself stays in the machine's clock, which the guest reads but never
 * writes: guests share it, and one could set the others' time or switch its interrupts on.
 */
#include "vcmos.h"

#define INDEX_MASK     0x7f /* bit 7 is the PC's NMI gate, not part of the index */
#define LAST_CLOCK_REG 0x0d /* status register D; the battery-backed RAM follows */

/* Firmware parks the index on register D, where a stray access does no harm. */
void vcmos_init(struct vcmos *cmos)
{
    cmos->index = LAST_CLOCK_REG;
}

/* Battery-backed RAM reads as zero: a kernel that looks for a disk's geometry there finds none. */
uint8_t vcmos_read(struct vcmos *cmos, uint16_t port, uint8_t (*clock_read)(uint8_t reg))
{
    if (port != VCMOS_PORT + 1)
        return 0xff;
    return cmos->index <= LAST_CLOCK_REG ? clock_read(cmos->index) : 0;
}

void vcmos_write(struct vcmos *cmos, uint16_t port, uint8_t value)
{
    if (port == VCMOS_PORT)
        cmos->index = value & INDEX_MASK;
}
