/*
 * The console (floor 1): the physical 16550 and the sharing of one line among many speakers (rules in console.h).
 *
 * Owns the UART at 0x3F8. Invariant: line_owner is the domain whose unfinished line the terminal's cursor is on, or
 * NULL; only its next bytes may follow without a new prefix. Transmission waits for the ready bit: QEMU forgives a
 * program that does not, Bochs and real chips lose characters (NS16550A data sheet, LSR bit 5).
 *
 *      what happens                                          terminal               line_owner  cursor_in_line
 *      domain a sends "one\n"                                [a] one                NULL        false
 *      domain a sends "two" and waits for input              [a] two_               a           true
 *      domain b sends "hello\n"                              [a] two
 *                                                            [b] hello              NULL        false
 *      domain a goes on with " three\n"                      [a]+ three             NULL        false
 *
 * The guest's own CR and LF pass unchanged; the CR LF of a broken line is the console's. "+" tells the two apart, so a
 * transcript is taken apart again without loss.
 */
#include "console.h"
#include <stddef.h>
#include "cpu.h"
#include "domain.h"
#include "floor.h"
#include "time.h"

#define UART 0x3f8          /* COM1; the data register, or the divisor's low byte */
#define UART_IER (UART + 1) /* which interrupts; or the divisor's high byte */
#define UART_FCR (UART + 2)
#define UART_LCR (UART + 3)
#define UART_MCR (UART + 4)
#define UART_LSR (UART + 5)
#define LSR_DATA_READY 0x01 /* a byte has come */
#define LSR_THR_EMPTY  0x20 /* the next byte may be written */
#define LSR_ALL_SENT   0x40 /* the last one has left the shift register */

#define FLUSH_AGE_NS 200000000u /* an unfinished line is shown after 0.2 s */

/* What a domain has sent and the terminal has not shown yet. */
struct console_line {
    uint8_t bytes[CONSOLE_LINE]; /* as the guest sent them, a newline at most at the end */
    uint8_t count;               /* of bytes held */
    bool is_broken;  /* part of this line has been shown already */
    uint64_t since;  /* ns: when the first held byte came */
};

PER_DOMAIN struct console_line console_line;

static struct domain *line_owner; /* see the top; forgotten in time, when its domain dies */
static bool cursor_in_line; /* something without a newline stands on the terminal */

/* Interrupts stay off: output is polled, and input is looked for at each tick. The divisor is 115200 / rate. */
void console_init(void)
{
    out8(UART_IER, 0);
    out8(UART_LCR, 0x80); /* DLAB: the next two are the divisor */
    out8(UART, 1);        /* 115200 */
    out8(UART_IER, 0);
    out8(UART_LCR, 0x03); /* 8N1 */
    out8(UART_FCR, 0x07); /* FIFOs on and empty */
    out8(UART_MCR, 0x03); /* DTR, RTS */
}

/* Waits for as long as it takes, 87 microseconds a byte at 115200 baud. A FIFO absorbs short lines at once. */
static void uart_send(uint8_t byte)
{
    while (!(in8(UART_LSR) & LSR_THR_EMPTY))
        ;
    out8(UART, byte);
}

/* Before the machine goes off: TEMT, not THRE, since a byte may still be on its way out bit by bit. */
void console_drain(void)
{
    while (!(in8(UART_LSR) & LSR_ALL_SENT))
        ;
}

/* The terminal's cursor goes to a fresh line; whose line that was is noted in is_broken when it was flushed. */
static void line_break(void)
{
    if (cursor_in_line) {
        uart_send('\r');
        uart_send('\n');
    }
    cursor_in_line = false;
    line_owner = NULL;
}

/* The hypervisor's own lines are not gathered: a panic must show what it has, up to the last character. */
void console_log(char c)
{
    if (line_owner != NULL)
        line_break();
    if (c == '\n')
        uart_send('\r');
    uart_send((uint8_t)c);
    cursor_in_line = c != '\n';
}

/* "[name] " begins a line, "[name]+" goes on with one that was broken. */
static void line_prefix(struct domain *domain, bool is_broken)
{
    line_break();
    uart_send('[');
    for (const char *name = domain->name; *name != '\0'; name++)
        uart_send((uint8_t)*name);
    uart_send(']');
    uart_send(is_broken ? '+' : ' ');
    line_owner = domain;
}

/* Everything held is shown: at most one line, since a newline always flushes. */
void console_guest_flush(struct domain *domain)
{
    struct console_line *line = domain_data(domain, console_line);

    if (line->count == 0)
        return;
    /* The cursor is elsewhere: begin a line, or go on with ours that was broken. */
    if (line_owner != domain)
        line_prefix(domain, line->is_broken);
    for (unsigned i = 0; i < line->count; i++)
        uart_send(line->bytes[i]);
    line->is_broken = line->bytes[line->count - 1] != '\n';
    cursor_in_line = line->is_broken;
    if (!line->is_broken)
        line_owner = NULL;
    line->count = 0;
}

/* The only place that adds a byte, and it flushes when the last one fits: `bytes` cannot overflow. */
void console_guest_byte(struct domain *domain, uint8_t byte)
{
    struct console_line *line = domain_data(domain, console_line);

    if (line->count == 0)
        line->since = time_cached();
    line->bytes[line->count++] = byte;
    if (byte == '\n' || line->count == CONSOLE_LINE)
        console_guest_flush(domain);
}

/* A guest that prints a prompt and then computes would keep it to itself for ever. */
void console_tick(void)
{
    uint64_t now = time_cached();

    /* `since` means nothing while no byte is held, but flushing nothing does nothing. */
    for (struct domain *domain = domain_first(); domain != NULL; domain = domain->next)
        if (now - domain_data(domain, console_line)->since >= FLUSH_AGE_NS)
            console_guest_flush(domain);
}

/* line_owner would point into frames that are free. */
void console_domain_destroy(struct domain *domain)
{
    console_guest_flush(domain);
    if (line_owner == domain)
        line_break();
}

/* Never waits: the caller is the tick. */
bool console_read(uint8_t *byte)
{
    if (!(in8(UART_LSR) & LSR_DATA_READY))
        return false;
    *byte = in8(UART);
    return true;
}
