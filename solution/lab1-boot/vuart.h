/*
 * Virtual 16550A UART at COM1 (floor 1, pure state; one struct vuart in each bare guest).
 * The transmitter is always ready: a byte written goes to the caller at once. A terminal that is always there is on
 * the other end (CTS, DSR and DCD asserted). Source: NS16550AF data sheet.
 */
#ifndef RINGLET_VUART_H
#define RINGLET_VUART_H

#include <stdbool.h>
#include <stdint.h>

#define VUART_PORT 0x3f8 /* eight registers */
#define VUART_IRQ  4
#define VUART_FIFO 64    /* deeper than the real 16 (and than 1 in 16450 mode), so that a pasted line survives */

struct vuart {
    uint8_t fifo[VUART_FIFO]; /* received bytes */
    uint8_t head, count;      /* index of the oldest byte, number of bytes */
    uint8_t ier, fcr, lcr, mcr, scratch;
    uint8_t divisor_low, divisor_high;
    uint8_t overrun;      /* LSR bit 1, cleared by reading LSR */
    uint8_t msr_delta;    /* MSR bits 0-3, cleared by reading MSR; only loopback can set them */
    uint8_t thre_pending; /* transmitter-empty interrupt not yet seen in IIR */
};

/* Master reset: 115200 baud, interrupts and FIFOs off. */
void vuart_init(struct vuart *uart);

/* Guest access to register `reg` (0..7). */
uint8_t vuart_read(struct vuart *uart, unsigned reg);

/*
 * Returns true when `value` was transmitted (THR written, not in loopback): the caller sends it on.
 * A THR write takes the interrupt request away and, as the byte is gone at once, brings it back. The PIC sees edges
 * only, so after a write the caller drops the line before it drives it with vuart_irq() again (ports.c).
 */
bool vuart_write(struct vuart *uart, unsigned reg, uint8_t value);

/* A byte arrived for the guest. False when it was lost: the FIFO is full (sets the overrun bit), or loopback is on. */
bool vuart_receive(struct vuart *uart, uint8_t byte);

/* Level of the interrupt output: any source that IER allows, gated by MCR OUT2 as on a PC. Sample after each call. */
bool vuart_irq(const struct vuart *uart);

#endif
