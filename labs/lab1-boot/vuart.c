/*
 * Virtual 16550A (floor 1). Owns struct vuart; called by port I/O emulation (registers), by the console's input
 * (vuart_receive) and by whoever drives the virtual PIC (vuart_irq). Pure: no hardware, no time. Two things follow
 * from having no time: a transmitted byte is gone within the OUT instruction, and the FIFO's character time-out
 * has always passed, so a byte below the trigger level interrupts at once, under the time-out's identification.
 * Invariant: count <= VUART_FIFO, head < VUART_FIFO. Section titles in the comments: NS16550AF data sheet.
 */
#include "vuart.h"

/*
 * Registers ("Register Addresses"); with LCR bit 7 (DLAB) set, 0 and 1 are the divisor latch instead:
 *
 *   0 RBR read, THR write    2 IIR read, FCR write    4 MCR    6 MSR
 *   1 IER                    3 LCR                    5 LSR    7 scratch
 */
enum { REG_DATA, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCRATCH };

#define IER_RECEIVED 0x01 /* enables: a byte has come */
#define IER_EMPTY    0x02 /* the transmitter is empty */
#define IER_LINE     0x04 /* an overrun */
#define IER_MODEM    0x08 /* an input line has changed */
#define IER_ALL      0x0f

/* Sources by priority, and what ends each: line status (reading LSR), received data (reading RBR), transmitter empty
 * (reading IIR when it says so, or writing THR), modem status (reading MSR). Bit 0 clear means one is pending. */
#define IIR_MODEM    0x00 /* lowest priority */
#define IIR_NONE     0x01
#define IIR_EMPTY    0x02
#define IIR_RECEIVED 0x04
#define IIR_LINE     0x06 /* highest */
#define IIR_TIMEOUT  0x0c /* as received data, but below the trigger level */
#define IIR_FIFOS    0xc0 /* how a driver tells a 16550A from its predecessors: both bits only when FIFOs are on */

#define FCR_ENABLE        0x01
#define FCR_CLEAR_RECEIVE 0x02
#define FCR_TRIGGER       0xc0 /* 1, 4, 8 or 14 bytes */

#define LCR_DLAB 0x80 /* the divisor latch is in front of registers 0 and 1 */

#define MCR_OUT2     0x08 /* the PC's gate between the UART and the 8259 */
#define MCR_LOOPBACK 0x10 /* the transmitter feeds the receiver, the outputs the inputs */
#define MCR_ALL      0x1f

#define LSR_DATA_READY 0x01 /* the FIFO is not empty */
#define LSR_OVERRUN    0x02 /* a byte was lost since LSR was last read */
#define LSR_IDLE       0x60 /* THRE and TEMT: the transmitter has never anything left to do */

#define MSR_TERMINAL 0xb0 /* DCD, DSR, CTS */
#define MSR_RING     0x40 /* RI: the one line whose going down only is noted */

/* "Master Reset". Divisor 1 is 115200 baud; the rate has no effect, as bytes take no time here. */
void vuart_init(struct vuart *uart)
{
    *uart = (struct vuart){.divisor_low = 1};
}

/*
 *      fifo  | . | . | a | b | c | . | . |      head: the oldest byte, a      count: 3
 *                      ^ head      ^ next       the next byte goes to (head + count) % VUART_FIFO
 */
/* Into the receive FIFO, from the terminal or from the UART's own transmitter in loopback. */
static bool push_byte(struct vuart *uart, uint8_t byte)
{
    if (uart->count == VUART_FIFO) {
        uart->overrun = LSR_OVERRUN; /* the FIFO keeps what it has; the newest byte is the one lost */
        return false;
    }
    uart->fifo[(uart->head + uart->count) % VUART_FIFO] = byte;
    uart->count++;
    return true;
}

/* Reading an empty receiver is harmless; what it returns is undefined on the chip and zero here. */
static uint8_t pop_byte(struct vuart *uart)
{
    uint8_t byte = uart->fifo[uart->head];

    if (uart->count == 0)
        return 0;
    uart->head = (uart->head + 1) % VUART_FIFO;
    uart->count--;
    return byte;
}

/* In loopback the receiver's input pin is disconnected ("Modem Control Register", bit 4). */
bool vuart_receive(struct vuart *uart, uint8_t byte)
{
    return !(uart->mcr & MCR_LOOPBACK) && push_byte(uart, byte);
}

/* "FIFO Control Register": bits 7-6 select the receive trigger level. */
static unsigned trigger_level(const struct vuart *uart)
{
    static const uint8_t levels[] = {1, 4, 8, 14};

    return levels[uart->fcr >> 6];
}

/* In FIFO mode bytes below the trigger level interrupt by the time-out, which has no waiting time here. */
static uint8_t identify_received(const struct vuart *uart)
{
    bool is_below_trigger = uart->fcr & FCR_ENABLE && uart->count < trigger_level(uart);

    return is_below_trigger ? IIR_TIMEOUT : IIR_RECEIVED;
}

/* "Interrupt Identification Register": the one of highest priority among those enabled and pending. */
static uint8_t identify_interrupt(const struct vuart *uart)
{
    if (uart->ier & IER_LINE && uart->overrun)
        return IIR_LINE;
    if (uart->ier & IER_RECEIVED && uart->count > 0)
        return identify_received(uart);
    if (uart->ier & IER_EMPTY && uart->thre_pending)
        return IIR_EMPTY;
    if (uart->ier & IER_MODEM && uart->msr_delta)
        return IIR_MODEM;
    return IIR_NONE;
}

/* A PC wires OUT2 to the gate between INTR and the PIC. The register bit counts, so that loopback can interrupt. */
bool vuart_irq(const struct vuart *uart)
{
    return uart->mcr & MCR_OUT2 && identify_interrupt(uart) != IIR_NONE;
}

/* Reading IIR ends the transmitter's interrupt, but only if that is the one it reports. */
static uint8_t read_iir(struct vuart *uart)
{
    uint8_t source = identify_interrupt(uart);

    if (source == IIR_EMPTY)
        uart->thre_pending = 0;
    return source | (uart->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

/* Reading ends the overrun. Parity, framing and break errors do not happen on a line that does not exist. */
static uint8_t read_lsr(struct vuart *uart)
{
    uint8_t status = LSR_IDLE | uart->overrun | (uart->count > 0 ? LSR_DATA_READY : 0);

    uart->overrun = 0;
    return status;
}

/* MSR bits 7-4 as `mcr` makes them: in loopback RTS drives CTS, DTR drives DSR, OUT1 drives RI, OUT2 drives DCD. */
static uint8_t modem_lines(uint8_t mcr)
{
    if (!(mcr & MCR_LOOPBACK))
        return MSR_TERMINAL;
    return (uint8_t)((mcr & 0x02) << 3 | (mcr & 0x01) << 5 | (mcr & 0x0c) << 4);
}

/* Reading ends the deltas. */
static uint8_t read_msr(struct vuart *uart)
{
    uint8_t status = modem_lines(uart->mcr) | uart->msr_delta;

    uart->msr_delta = 0;
    return status;
}

/* "Modem Status Register": bits 0, 1, 3 note any change of their lines; bit 2 only the end of a ring. */
static void write_mcr(struct vuart *uart, uint8_t value)
{
    uint8_t before = modem_lines(uart->mcr), after = modem_lines(value & MCR_ALL);
    uint8_t changed = (before ^ after) & ~(after & MSR_RING);

    uart->mcr = value & MCR_ALL;
    uart->msr_delta |= changed >> 4;
}

/* Enabling the transmitter's interrupt while the transmitter is empty, which it always is, requests one at once. */
static void write_ier(struct vuart *uart, uint8_t value)
{
    if (!(value & IER_EMPTY))
        uart->thre_pending = 0;
    else if (!(uart->ier & IER_EMPTY))
        uart->thre_pending = 1;
    uart->ier = value & IER_ALL;
}

/* Without the enable bit the other bits "will not be programmed"; turning FIFOs on or off empties them. */
static void write_fcr(struct vuart *uart, uint8_t value)
{
    bool is_switched = (value ^ uart->fcr) & FCR_ENABLE;

    if (is_switched || (value & FCR_ENABLE && value & FCR_CLEAR_RECEIVE))
        uart->count = 0;
    uart->fcr = value & FCR_ENABLE ? value & (FCR_ENABLE | FCR_TRIGGER) : 0;
}

/* The byte is gone at once, so the transmitter is empty again: that is a new request (see vuart.h on the edge). */
static bool transmit_byte(struct vuart *uart, uint8_t byte)
{
    uart->thre_pending = 1;
    if (!(uart->mcr & MCR_LOOPBACK))
        return true;
    push_byte(uart, byte);
    return false;
}

/* A driver sets DLAB, writes the divisor, clears DLAB; one that forgets the last step gets no data, as on the chip. */
static bool has_divisor_access(const struct vuart *uart)
{
    return uart->lcr & LCR_DLAB;
}

/* Any register number above the last is the scratch register: a port map with a mistake in it stays harmless. */
uint8_t vuart_read(struct vuart *uart, unsigned reg)
{
    switch (reg) {
    case REG_DATA:
        return has_divisor_access(uart) ? uart->divisor_low : pop_byte(uart);
    case REG_IER:
        return has_divisor_access(uart) ? uart->divisor_high : uart->ier;
    case REG_IIR_FCR:
        return read_iir(uart);
    case REG_LCR:
        return uart->lcr;
    case REG_MCR:
        return uart->mcr;
    case REG_LSR:
        return read_lsr(uart);
    case REG_MSR:
        return read_msr(uart);
    default:
        return uart->scratch;
    }
}

/* With DLAB set, registers 0 and 1 are the divisor latch. */
static void write_divisor(struct vuart *uart, unsigned reg, uint8_t value)
{
    if (reg == REG_DATA)
        uart->divisor_low = value;
    else
        uart->divisor_high = value;
}

/* LSR and MSR are read-only: "writing to [them] is not recommended". */
static void write_control(struct vuart *uart, unsigned reg, uint8_t value)
{
    switch (reg) {
    case REG_IER:
        write_ier(uart, value);
        break;
    case REG_IIR_FCR:
        write_fcr(uart, value);
        break;
    case REG_LCR:
        uart->lcr = value;
        break;
    case REG_MCR:
        write_mcr(uart, value);
        break;
    case REG_SCRATCH:
        uart->scratch = value;
        break;
    }
}

/* True only for a byte that leaves the machine: the caller then shows it. */
bool vuart_write(struct vuart *uart, unsigned reg, uint8_t value)
{
    if (reg <= REG_IER && has_divisor_access(uart))
        write_divisor(uart, reg, value);
    else if (reg == REG_DATA)
        return transmit_byte(uart, value);
    else
        write_control(uart, reg, value);
    return false;
}
