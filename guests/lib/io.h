/* Port instructions and the port numbers of the machine a bare kernel expects: two 8259, an 8254, a 16550,
   a CMOS clock and QEMU's exit device. Header only; included by everything below.
   The operand forms matter to whoever emulates these: "Nd" lets the compiler take the
   immediate form below port 256 and DX above, so both forms occur in most guests. */
#ifndef GUEST_IO_H
#define GUEST_IO_H

#include <stdint.h>

/* Where an IBM PC has its devices; no guest probes for them. A PIC takes commands at its even port, data at the odd. */
#define PORT_PIC_MASTER     0x20
#define PORT_PIC_SLAVE      0xA0
#define PORT_PIT_CHANNEL0   0x40
#define PORT_PIT_COMMAND    0x43
#define PORT_CMOS_INDEX     0x70    /* the register stays chosen until the next write */
#define PORT_CMOS_DATA      0x71
#define PORT_EXIT           0xF4    /* isa-debug-exit: natively QEMU ends with status (value << 1) | 1 */
#define PORT_UART           0x3F8
#define PORT_NOBODY         0x5F00      /* nothing answers here: reads give all ones */

/* Those that share an offset differ in direction: 2 read identifies, 2 written controls the FIFO.
   Registers of the 16550, from PORT_UART. */
#define UART_DATA           0
#define UART_INTERRUPTS     1
#define UART_IDENTIFY       2
#define UART_FIFO           2
#define UART_LINE_CONTROL   3
#define UART_MODEM_CONTROL  4
#define UART_LINE_STATUS    5
#define UART_SCRATCH        7
#define UART_RECEIVED       0x01        /* line status: a byte waits */
#define UART_SENDABLE       0x20        /* line status: the transmit register is empty */

/* `volatile`: a read changes the device, so neither repeating nor dropping one is allowed. */
static inline uint8_t port_read8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
    return value;
}

/* The three widths are three instructions: a word access to port p is not the same as bytes to p and p + 1. */
static inline uint16_t port_read16(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %w1, %w0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t port_read32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* No "memory" clobber: no device of these kernels reads memory by itself. */
static inline void port_write8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

static inline void port_write16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(port));
}

static inline void port_write32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port));
}

#endif
