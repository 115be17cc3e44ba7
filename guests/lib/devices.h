/* The interrupt controllers and the timer. */
#ifndef GUEST_DEVICES_H
#define GUEST_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_TIMER           0
#define IRQ_CASCADE         2
#define IRQ_UART            4
#define IRQ_SPURIOUS        7
#define PIT_INPUT_HZ        1193182u
#define PIT_RATE            0x34    /* channel 0, low then high byte, mode 2 */
#define PIT_SQUARE          0x36    /* ... mode 3 */
#define PIT_LATCH           0x00    /* freeze channel 0's count for reading */

/* Initialises both controllers (ICW1..4) to vectors `base`..`base` + 15, with everything masked. */
void pic_remap(uint8_t base);

void pic_unmask(unsigned irq);
void pic_mask_all(void);

/* Ends the interrupt being served. */
void pic_end(unsigned irq);

/* Interrupts being served (bit 0 = IRQ 0), master in the low byte. */
uint16_t pic_in_service(void);

/* Interrupts requested and not yet acknowledged. */
uint16_t pic_requested(void);

/* Starts channel 0. A divisor of 0 means 65536. */
void pit_start(uint8_t command, uint16_t divisor);

/* The current count, read through a latch so that both bytes belong together. */
uint16_t pit_count(void);

#endif
