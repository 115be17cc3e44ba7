/* Formatted printing by polling the UART's transmit-ready bit, and the exit port. Works before any descriptor table
   or interrupt is set up, so that even the earliest failure can be told. Called by every kernel.
   It owns COM1's transmit half; the receive half is the business of whoever wants input. No locking: two threads that
   print at the same time mix their characters, so a kernel prints from one thread. */
#include "print.h"

#include <stdarg.h>
#include <stddef.h>

#include "cpu.h"
#include "io.h"

/* Polling is slow and never wrong; transcripts must not depend on interrupts working. */
static void serial_send(char c)
{
    while ((port_read8(PORT_UART + UART_LINE_STATUS) & UART_SENDABLE) == 0)
        continue;
    port_write8(PORT_UART + UART_DATA, (uint8_t)c);
}

/* A terminal in raw mode needs the carriage return.
   This is the only place that adds one: format strings end lines with \n alone. */
void serial_put(char c)
{
    if (c == '\n')
        serial_send('\r');
    serial_send(c);
}

/* NULL is the caller's mistake: natively the interrupt table of real mode would be printed. */
static void print_text(const char *text)
{
    for (; *text != '\0'; text++)
        serial_put(*text);
}

/* At least `width` digits, leading zeros included. */
static void print_number(uint32_t value, uint32_t base, unsigned width)
{
    char digits[12];            /* 10 decimal digits or 8 of `width`; no base below 10 is used */
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || count < width);
    while (count > 0)
        serial_put(digits[--count]);
}

/* Negated as unsigned: -INT32_MIN does not fit an int32_t. */
static void print_signed(int32_t value)
{
    if (value < 0)
        serial_put('-');
    print_number(value < 0 ? -(uint32_t)value : (uint32_t)value, 10, 1);
}

/* The list is passed by address: each step must move the caller's on.
   Passing it by value would be undefined where va_list is an array, and lose the step where it is not. */
static void print_argument(char kind, va_list *arguments)
{
    switch (kind) {
    case 's':
        print_text(va_arg(*arguments, const char *));
        break;
    case 'c':
        serial_put((char)va_arg(*arguments, int));
        break;
    case 'u':
        print_number(va_arg(*arguments, uint32_t), 10, 1);
        break;
    case 'd':
        print_signed(va_arg(*arguments, int32_t));
        break;
    case 'x':
        print_number(va_arg(*arguments, uint32_t), 16, 1);
        break;
    case 'X':
        print_number(va_arg(*arguments, uint32_t), 16, 8);
        break;
    default:                    /* "%%", and a letter that is unknown: shown, not lost */
        serial_put(kind);
    }
}

/* The attribute in print.h lets the compiler compare arguments with the format, as for printf. */
void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format == '%' && format[1] != '\0')
            print_argument(*++format, &arguments);
        else
            serial_put(*format);
    }
    va_end(arguments);
}

/* The loop is for machines without the exit port, and for NMIs: hlt must not fall through into nothing. */
void guest_exit(uint32_t status)
{
    port_write8(PORT_EXIT, (uint8_t)status);
    for (;;)
        __asm__ volatile("cli; hlt");
}
