/*
 * Virtual CMOS clock (floor 1): ports 0x70 (index) and 0x71 (data). Registers 0x00-0x0d are read from the real clock
 * through `clock_read`; the rest read as zero. The guest can never change the machine's clock: writes to 0x71 are
 * dropped, and 0x70 is write-only (reads as all ones). Source: Motorola MC146818A data sheet.
 */
#ifndef RINGLET_VCMOS_H
#define RINGLET_VCMOS_H

#include <stdint.h>

#define VCMOS_PORT 0x70

struct vcmos {
    uint8_t index; /* last value written to 0x70, NMI bit removed: 0..0x7f */
};

void vcmos_init(struct vcmos *cmos);

/* Guest port access, `port` 0x70 or 0x71. `clock_read` is called for registers 0x00-0x0d only, once per read. */
uint8_t vcmos_read(struct vcmos *cmos, uint16_t port, uint8_t (*clock_read)(uint8_t reg));
void vcmos_write(struct vcmos *cmos, uint16_t port, uint8_t value);

#endif
