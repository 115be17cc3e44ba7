/* The interrupt controllers and the timer.
   No function here turns interrupts off: who shares a device with a handler brings a critical section. */
#ifndef GUEST_DEVICES_H
#define GUEST_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_TIMER           0
#define IRQ_CASCADE         2   /* the slave's output; no device may use it */
#define IRQ_UART            4
#define IRQ_SPURIOUS        7   /* also what a master gives when a request vanished before it was acknowledged */
/* The 8254's command word: channel in bits 7..6, access in 5..4 (0 latch, 3 low then high), mode in 3..1. */
#define PIT_INPUT_HZ        1193182u
#define PIT_RATE            0x34    /* channel 0, low then high byte, mode 2 */
#define PIT_SQUARE          0x36    /* ... mode 3 */
#define PIT_LATCH           0x00    /* freeze channel 0's count for reading */

/* Initialises both controllers (ICW1..4) to vectors `base`..`base` + 15, with everything masked. */
void pic_remap(uint8_t base);

/* Opens or closes inputs, irq 0..15. Anything above 15 is the caller's mistake and is not looked for. */
void pic_unmask(unsigned irq);
void pic_mask_all(void);

/* Ends the interrupt being served.
   `irq` decides whether the slave is told as well. */
void pic_end(unsigned irq);

/* Interrupts being served (bit 0 = IRQ 0), master in the low byte. */
uint16_t pic_in_service(void);

/* Interrupts requested and not yet acknowledged. */
uint16_t pic_requested(void);

/* Starts channel 0. A divisor of 0 means 65536.
   `command` is PIT_RATE or PIT_SQUARE; interrupts come at PIT_INPUT_HZ / divisor. */
void pit_start(uint8_t command, uint16_t divisor);

/* The current count, read through a latch so that both bytes belong together. */
uint16_t pit_count(void);

#endif
