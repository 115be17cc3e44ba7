/*
 * Exercise 1.5, ports: which device answers where, and how wide accesses fall apart into bytes. Devices are used only
 * as far as their data sheets fix a value: the 16550's registers, the 8259's mask.
 */
#include <string.h>

#include "check_machine.h"
#include "unit.h"

#define UART     0x3f8
#define UART_IER (UART + 1)
#define UART_LCR (UART + 3)
#define UART_MCR (UART + 4)
#define UART_SCRATCH (UART + 7)
#define LSR_IDLE 0x60 /* after reset: transmitter empty, nothing received */
#define MSR_LINE 0xb0 /* a terminal is connected: DCD, DSR, CTS */
#define EXIT     0xf4

static struct wire_outcome outcome;
static struct wire_port request;

static void access_begin(void)
{
    memset(&request, 0, sizeof(request));
    machine_make(&request.machine);
}

static void setup_add(uint16_t port, uint8_t value)
{
    request.setup[request.count].port = port;
    request.setup[request.count++].value = value;
}

static uint32_t port_in(uint16_t port, unsigned size)
{
    request.port = port;
    request.size = size;
    check_case("read of %u bytes at port %#x", size, port);
    unit_call(WIRE_PORT_READ, &request, sizeof(request), &outcome, sizeof(outcome));
    return outcome.value;
}

static void port_out(uint16_t port, uint32_t value, unsigned size)
{
    request.port = port;
    request.size = size;
    request.value = value;
    check_case("write of %#x, %u bytes, at port %#x", value, size, port);
    unit_call(WIRE_PORT_WRITE, &request, sizeof(request), &outcome, sizeof(outcome));
}

/* The registers from LCR to scratch hold or show known values, one byte a port. */
static void run_port_wide_read(void)
{
    for (unsigned round = 0; round < 8; round++) {
        uint8_t lcr = (uint8_t)check_below(0x80), mcr = (uint8_t)check_below(0x10), scratch = (uint8_t)check_random();
        const uint8_t bytes[] = { lcr, mcr, LSR_IDLE, MSR_LINE, scratch, 0xff, 0xff, 0xff, 0xff };

        access_begin();
        setup_add(UART_LCR, lcr);
        setup_add(UART_MCR, mcr);
        setup_add(UART_SCRATCH, scratch);
        for (unsigned at = 0; at < 5; at++)
            for (unsigned size = 1; size <= 4; size *= 2) {
                uint32_t expected = 0;
                for (unsigned i = size; i-- > 0;)
                    expected = expected << 8 | bytes[at + i];
                check_equal("value", expected, port_in((uint16_t)(UART_LCR + at), size));
            }
    }
    access_begin();
    check_equal("value", 0xffffffff, port_in(0xffff, 4)); /* the last port, then ports 0, 1, 2 */
    check_equal("value", 0xffff, port_in(0xf3, 2));       /* the exit port reads as nobody */
}

static void run_port_wide_write(void)
{
    for (unsigned round = 0; round < 16; round++) {
        uint32_t value = check_random() & 0xffffff0f;

        access_begin();
        port_out(UART_MCR, value, 4); /* MCR, LSR and MSR, which cannot be written, and scratch */
        check_equal("bytes that reached the console", 0, outcome.console_count);
        access_begin();
        setup_add(UART_LCR, 0);
        port_out(0x20, (value & 0xff00) | 0x20, 2); /* EOI to the master's command port, its mask behind it */
        check_equal("mask of the virtual PIC", 0xff00 | (value >> 8 & 0xff), outcome.pic_mask);
        access_begin();
        port_out(0xa1, value, 1);
        check_equal("mask of the virtual PIC", (value & 0xff) << 8 | 0xff, outcome.pic_mask);
        access_begin();
        port_out(UART - 1, value, 2); /* the second byte is the UART's */
        check_equal("bytes that reached the console", 1, outcome.console_count);
        check_equal("the byte", value >> 8 & 0xff, outcome.console[0]);
        access_begin();
        port_out(0xffff, value, 4);
        check_equal("domain (0: alive)", WIRE_ALIVE, outcome.domain);
    }
}

static bool is_owned(uint32_t port)
{
    return (port >= UART && port < UART + 8) || (port & ~0x81u) == 0x20 || (port & ~3u) == 0x40 ||
           (port & ~1u) == 0x70 || port == EXIT;
}

static void run_port_unowned(void)
{
    static const uint16_t near[] = { 0, 0x1f, 0x22, 0x3f, 0x44, 0x60, 0x61, 0x6f, 0x72, 0x80, 0x9f, 0xa2, 0xf3, 0xf5,
                                     0x2f8, 0x3f7, 0x400, 0xcf8, 0xffff };

    for (unsigned round = 0; round < 200; round++) {
        uint16_t port = round < sizeof(near) / 2 ? near[round] : (uint16_t)check_random();

        if (is_owned(port))
            continue;
        access_begin();
        check_equal("value", 0xff, port_in(port, 1));
        port_out(port, check_random(), 1);
        check_equal("domain (0: alive)", WIRE_ALIVE, outcome.domain);
        check_equal("bytes that reached the console", 0, outcome.console_count);
        check_equal("mask of the virtual PIC", 0xffff, outcome.pic_mask);
        expect_machine(&request.machine, &outcome.machine);
    }
    for (unsigned status = 0; status < 4; status++) {
        access_begin();
        port_out(EXIT, status, 1);
        check_equal("domain (1: ended, 2: crashed)", WIRE_ENDED, outcome.domain);
        check_equal("exit status", status, outcome.exit_status);
    }
}

static void run_uart_write(void)
{
    for (unsigned round = 0; round < 64; round++) {
        uint8_t byte = (uint8_t)check_random();
        unsigned reg = round & 1 ? 0 : 1 + check_below(7);

        access_begin();
        port_out((uint16_t)(UART + reg), byte, 1);
        check_equal("bytes that reached the console", reg == 0, outcome.console_count);
        if (reg == 0)
            check_equal("the byte", byte, outcome.console[0]);
        access_begin();
        setup_add(UART_LCR, 0x80); /* DLAB: register 0 is the divisor */
        port_out(UART, byte, 1);
        check_equal("bytes that reached the console while DLAB is set", 0, outcome.console_count);
        access_begin();
        setup_add(UART_MCR, 0x10); /* loop back: it goes to the guest's own receiver */
        port_out(UART, byte, 1);
        check_equal("bytes that reached the console in loopback", 0, outcome.console_count);
        port_out(0x2f8, byte, 1); /* COM2, which nobody has */
        check_equal("bytes that reached the console", 0, outcome.console_count);
    }
}

/* With the interrupt on (IER bit 1, MCR OUT2) every byte sent is a request, also while the line is still up. */
static void run_uart_interrupt(void)
{
    access_begin();
    setup_add(UART_MCR, 0x08);
    port_out(UART_IER, 0x02, 1);
    check_equal("requests at the virtual PIC", 0x10, outcome.pic_requests);
    setup_add(UART_IER, 0x02);
    setup_add(0x20, 0x11); /* ICW1 forgets requests; the line stays up (8259A data sheet, edge sense) */
    setup_add(0x21, 0x20);
    setup_add(0x21, 0x04);
    setup_add(0x21, 0x01);
    port_out(UART, check_random(), 1);
    check_equal("requests at the virtual PIC", 0x10, outcome.pic_requests);
    check_equal("level of the UART's line", 0x10, outcome.pic_lines & 0x10);
    port_out(UART_IER, 0, 1);
    check_equal("requests at the virtual PIC", 0, outcome.pic_requests);
    check_equal("level of the UART's line", 0, outcome.pic_lines & 0x10);
    access_begin();
    port_out(UART, check_random(), 1);
    check_equal("requests of a UART whose interrupts are off", 0, outcome.pic_requests);
}

static const struct check checks[] = {
    { .name = "port-wide-read", .exercise = "1.5", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A read of 2 or 4 bytes is that many reads at consecutive ports, lowest port in the lowest byte.",
      .where = "ports.c: port_read()",
      .causes = { "the whole access goes to the device of the first port", "a byte without a device must be 0xff",
                  "port numbers end at 0xffff: the sum must be cut to 16 bits" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_port_wide_read },
    { .name = "port-wide-write", .exercise = "1.5", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A write of 2 or 4 bytes is that many writes at consecutive ports, each to its own device.",
      .where = "ports.c: port_write()",
      .causes = { "the lowest byte is written to all ports", "a port without a device ends the whole access" },
      .requires = { "port-wide-read" }, .run = run_port_wide_write },
    { .name = "port-unowned", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "Ports without a device read as ones and swallow writes; the exit port ends the guest.",
      .where = "ports.c: port_read(), port_write()", .stop = "port_read",
      .causes = { "range_find() returns NULL there", "an unowned port is no reason to crash the guest" },
      .requires = { "port-wide-read" }, .run = run_port_unowned },
    { .name = "uart-write", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A byte transmitted by COM1 reaches the console once; a write to another register does not.",
      .where = "ports.c: uart_write()",
      .causes = { "what vuart_write() returns is not looked at", "the register is the port minus VUART_PORT" },
      .requires = { "port-wide-write" }, .run = run_uart_write },
    { .name = "uart-interrupt", .exercise = "1.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "After each write to COM1 its line follows its registers, and a byte sent is a new edge.",
      .where = "ports.c: uart_write()",
      .causes = { "the line to the PIC is not updated after the write", "the line is not taken down first (is_edge)" },
      .requires = { "uart-write" }, .run = run_uart_interrupt },
};
CHECKS(checks);
