/*
 * The I/O space of a bare guest (floor 1, pure): which virtual device answers at which port.
 *
 * All devices are 8 bits wide, so a wider access is split into bytes at consecutive ports, as the ISA bus does.
 * Where nothing answers, reads give ones and writes vanish. No port of the real machine is reachable from here.
 *
 *      0x20-0x21, 0xa0-0xa1   8259A pair      vpic.c
 *      0x40-0x43              8254            vpit.c    is given the time at each access
 *      0x70-0x71              CMOS clock      vcmos.c   is given the real clock to read
 *      0xf4                   exit            ends the guest with the byte as its status
 *      0x3f8-0x3ff            16550 UART      vuart.c   its interrupt line goes to the 8259's input 4
 *
 * The devices know nothing of each other: the wires between them are here and in bare_trap.c.
 */
#include <stddef.h>
#include "bare.h"
#include "console.h"
#include "domain.h"
#include "emulate.h"
#include "exercise.h"

#define EXIT_PORT 0xf4 /* the place of QEMU's isa-debug-exit, so that test kernels end alike on both machines */

/* One device's ports, both ends included, and who answers there, byte by byte. */
struct port_range {
    uint16_t first, last;
    uint8_t (*read)(struct bare *guest, uint16_t port); /* may change the device: reading takes a byte out */
    void (*write)(struct bare *guest, uint16_t port, uint8_t value);
};

/*
 * With is_edge a line that is up goes down first. Every write is an edge: a byte that is sent leaves the transmitter
 * empty again at once, which is a new event on a line that never went down. A read is none.
 *
 *      ______|~~~~~~~~|_|~~~~~~~     up: a reason to interrupt      the dip: a write, and still a reason
 *
 * The 8259 latches edges: without the dip a driver that answers each interrupt with one byte would hear no more.
 */
static void uart_line_update(struct bare *guest, bool is_edge)
{
    bool high = vuart_irq(&guest->uart), was_high = vpic_line(&guest->pic, VUART_IRQ);

    if (was_high && (is_edge || !high))
        vpic_set_line(&guest->pic, VUART_IRQ, false);
    if (high)
        vpic_set_line(&guest->pic, VUART_IRQ, true);
}

/* Reading can end the reason for an interrupt, so the line is looked at again; it is no reason for a new edge. */
static uint8_t uart_read(struct bare *guest, uint16_t port)
{
    uint8_t value = vuart_read(&guest->uart, port - VUART_PORT);

    uart_line_update(guest, false);
    return value;
}

/*
 * Exercise 1.5, in this file and emulate_port.c. Here: a byte for the UART. vuart_write() says whether it was sent:
 * then it is a letter for the console, console_guest_byte(). After that, sent or not, the interrupt line follows:
 * uart_line_update(). Every write is an edge.
 */
static void uart_write(struct bare *guest, uint16_t port, uint8_t value)
{
#ifdef SOLUTION
    if (vuart_write(&guest->uart, port - VUART_PORT, value))
        console_guest_byte(guest->domain, value);
    uart_line_update(guest, true);
#else
    (void)guest, (void)port, (void)value;
    EXERCISE("1.5");
#endif
}

/* From here on adapters: each device's own interface on one side, one form for the table on the other. */
static uint8_t pic_read(struct bare *guest, uint16_t port)
{
    return vpic_read(&guest->pic, port);
}

static void pic_write(struct bare *guest, uint16_t port, uint8_t value)
{
    vpic_write(&guest->pic, port, value);
}

/* The device never looks at a clock (vpit.h): tests give it any time they like. */
static uint8_t pit_read(struct bare *guest, uint16_t port)
{
    return vpit_read(&guest->pit, port, bare_now());
}

/* By the clock itself, not by the last tick: a count written now is loaded now, to the nanosecond. */
static void pit_write(struct bare *guest, uint16_t port, uint8_t value)
{
    vpit_write(&guest->pit, port, value, bare_now());
}

/* The real clock's registers, read each time: the guest sees it tick, and cannot set it (vcmos.h). */
static uint8_t cmos_read(struct bare *guest, uint16_t port)
{
    return vcmos_read(&guest->cmos, port, bare_clock_register);
}

static void cmos_write(struct bare *guest, uint16_t port, uint8_t value)
{
    vcmos_write(&guest->cmos, port, value);
}

/* QEMU's device reads as something else; no kernel asks it. */
static uint8_t exit_read(struct bare *guest, uint16_t port)
{
    (void)guest;
    (void)port;
    return 0xff;
}

/* The guest does not go on behind this: port_send() in emulate_port.c sees that it is not alive any more. */
static void exit_write(struct bare *guest, uint16_t port, uint8_t value)
{
    (void)port;
    domain_end(guest->domain, value);
}

/* In the order of use: the UART's data port is written for each letter. */
static const struct port_range ranges[] = {
    { VUART_PORT, VUART_PORT + 7, uart_read, uart_write },
    { VPIC_MASTER_PORT, VPIC_MASTER_PORT + 1, pic_read, pic_write },
    { VPIC_SLAVE_PORT, VPIC_SLAVE_PORT + 1, pic_read, pic_write },
    { VPIT_PORT, VPIT_PORT + 3, pit_read, pit_write },
    { VCMOS_PORT, VCMOS_PORT + 1, cmos_read, cmos_write },
    { EXIT_PORT, EXIT_PORT, exit_read, exit_write },
};

/* Six comparisons at most, where an entry for each port would be 64 Ki entries for six devices. */
static const struct port_range *range_find(uint16_t port)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (port >= ranges[i].first && port <= ranges[i].last)
            return &ranges[i];
    return NULL;
}

/*
 * Exercise 1.5: byte i of an access of `size` bytes goes to port + i, low byte first; port numbers are 16 bits and
 * wrap. Each byte is answered by whoever range_find() names; by nobody, it reads 0xff and a write is lost. So one
 * access may reach two devices, or half of one.
 */
uint32_t port_read(struct bare *guest, uint16_t port, unsigned size)
{
#ifdef SOLUTION
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        uint16_t at = (uint16_t)(port + i);
        const struct port_range *range = range_find(at);

        value |= (uint32_t)(range != NULL ? range->read(guest, at) : 0xff) << 8 * i;
    }
    return value;
#else
    (void)range_find, (void)guest, (void)port, (void)size;
    EXERCISE("1.5");
#endif
}

void port_write(struct bare *guest, uint16_t port, uint32_t value, unsigned size)
{
#ifdef SOLUTION
    for (unsigned i = 0; i < size; i++) {
        uint16_t at = (uint16_t)(port + i);
        const struct port_range *range = range_find(at);

        if (range != NULL)
            range->write(guest, at, (uint8_t)(value >> 8 * i));
    }
#else
    (void)guest, (void)port, (void)value, (void)size;
    EXERCISE("1.5");
#endif
}
