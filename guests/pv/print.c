/* Formatted printing through console_io(write), which every domain has from its first instruction on, and the end of
   the domain. Lines are collected so that one line is one hypercall and two guests' letters do not mix. Owns the
   line. Called by every paravirtual kernel, from ring 1 only. */
#include "print.h"

#include <stdarg.h>

#include "hypercall.h"

#define LINE_MAX 256    /* a longer line is sent in pieces */

static char line[LINE_MAX];
static uint32_t line_length;

/* The result is not looked at: whom could it be told? */
void print_flush(void)
{
    hypercall_console_io(CONSOLE_WRITE, line_length, line);
    line_length = 0;
}

/* The line is sent with its newline, so that the console need not wait for the rest of it. */
static void put(char c)
{
    line[line_length++] = c;
    if (c == '\n' || line_length == LINE_MAX)
        print_flush();
}

/* NULL is the caller's mistake: page 0 is memory here, and would be printed. */
static void put_text(const char *text)
{
    for (; *text != '\0'; text++)
        put(*text);
}

/* At least `width` digits, leading zeros included. */
static void put_number(uint32_t value, uint32_t base, unsigned width)
{
    char digits[12];            /* 10 decimal digits or 8 of `width` */
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || count < width);
    while (count > 0)
        put(digits[--count]);
}

/* Negated as unsigned: -INT32_MIN does not fit an int32_t. */
static void put_signed(int32_t value)
{
    if (value < 0)
        put('-');
    put_number(value < 0 ? -(uint32_t)value : (uint32_t)value, 10, 1);
}

/* The list is passed by address: each step must move the caller's on. */
static void put_argument(char kind, va_list *arguments)
{
    switch (kind) {
    case 's':
        put_text(va_arg(*arguments, const char *));
        break;
    case 'c':
        put((char)va_arg(*arguments, int));
        break;
    case 'u':
        put_number(va_arg(*arguments, uint32_t), 10, 1);
        break;
    case 'd':
        put_signed(va_arg(*arguments, int32_t));
        break;
    case 'x':
        put_number(va_arg(*arguments, uint32_t), 16, 1);
        break;
    case 'X':
        put_number(va_arg(*arguments, uint32_t), 16, 8);
        break;
    default:                    /* "%%", and a letter that is unknown: shown, not lost */
        put(kind);
    }
}

/* The attribute in print.h lets the compiler compare arguments with the format, as for printf. */
void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format == '%' && format[1] != '\0')
            put_argument(*++format, &arguments);
        else
            put(*format);
    }
    va_end(arguments);
}

/* The second way out is for a hypervisor that refuses the first: a stack in nowhere ends any domain (abi.md 2.5). */
void domain_end(uint32_t reason)
{
    struct sched_shutdown shutdown = { .reason = reason };

    if (line_length > 0)
        print_flush();
    for (;;) {
        hypercall_sched_op(SCHED_SHUTDOWN, &shutdown);
        __asm__ volatile("mov $0xFBADC0DE, %esp; pushf");
    }
}
