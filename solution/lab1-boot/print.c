/*
 * The formatting engine (floor 1, pure but for print(), which hands each character to console.c).
 */
#include "print.h"
#include <stdbool.h>
#include <stdint.h>
#include "console.h"
#include "math64.h"

struct output {
    void (*emit)(void *context, char c);
    void *context;
    size_t count;
};

/* One verb: %[flags][width][ll]letter. */
struct verb {
    unsigned width;
    bool zero, left, is_long;
    char letter;
};

static void put(struct output *out, char c)
{
    out->emit(out->context, c);
    out->count++;
}

static void put_padded(struct output *out, const struct verb *verb, const char *text, size_t length)
{
    size_t fill = verb->width > length ? verb->width - length : 0;

    for (size_t i = 0; i < fill && !verb->left; i++)
        put(out, verb->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++)
        put(out, text[i]);
    for (size_t i = 0; i < fill && verb->left; i++)
        put(out, ' ');
}

static void put_number(struct output *out, const struct verb *verb, uint64_t value, unsigned base, bool negative)
{
    char digits[24];
    size_t at = sizeof(digits);
    struct verb rest = *verb;

    if (negative && verb->zero && !verb->left) { /* the sign stands before the zeros */
        put(out, '-');
        rest.width -= rest.width > 0;
        negative = false;
    }
    do {
        uint32_t digit;

        value = div64_32(value, base, &digit);
        digits[--at] = "0123456789abcdef"[digit];
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(out, &rest, digits + at, sizeof(digits) - at);
}

static void put_text(struct output *out, const struct verb *verb, const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    put_padded(out, verb, text, length);
}

static const char *parse_verb(const char *format, struct verb *verb)
{
    *verb = (struct verb){ 0 };
    for (;; format++) {
        if (*format == '0')
            verb->zero = true;
        else if (*format == '-')
            verb->left = true;
        else
            break;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        verb->width = verb->width * 10 + (unsigned)(*format - '0');
    for (; *format == 'l'; format++)
        verb->is_long = format[1] == 'l' || verb->is_long;
    verb->letter = *format;
    return format;
}

static uint64_t take_unsigned(const struct verb *verb, va_list *args)
{
    return verb->is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
}

static void put_verb(struct output *out, const struct verb *verb, va_list *args)
{
    int64_t number;

    switch (verb->letter) {
    case 's':
        put_text(out, verb, va_arg(*args, const char *));
        return;
    case 'c':
        put(out, (char)va_arg(*args, int));
        return;
    case 'd':
        number = va_arg(*args, int);
        put_number(out, verb, (uint64_t)(number < 0 ? -number : number), 10, number < 0);
        return;
    case 'u':
        put_number(out, verb, take_unsigned(verb, args), 10, false);
        return;
    case 'x':
        put_number(out, verb, take_unsigned(verb, args), 16, false);
        return;
    case 'p':
        put_number(out, verb, (uintptr_t)va_arg(*args, void *), 16, false);
        return;
    default:
        put(out, verb->letter);
    }
}

size_t format_list(void (*emit)(void *context, char c), void *context, const char *format, va_list args)
{
    struct output out = { emit, context, 0 };
    struct verb verb;
    va_list rest;

    va_copy(rest, args);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        format = parse_verb(format + 1, &verb);
        if (verb.letter == '\0')
            break;
        put_verb(&out, &verb, &rest);
    }
    va_end(rest);
    return out.count;
}

static void emit_to_console(void *context, char c)
{
    (void)context;
    console_log(c);
}

void print_list(const char *format, va_list args)
{
    format_list(emit_to_console, NULL, format, args);
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_list(format, args);
    va_end(args);
}

struct text_buffer {
    char *next, *last;
};

static void emit_to_buffer(void *context, char c)
{
    struct text_buffer *buffer = context;

    if (buffer->next < buffer->last)
        *buffer->next++ = c;
}

size_t format_text(char *buffer, size_t size, const char *format, ...)
{
    struct text_buffer text = { buffer, buffer + size - 1 };
    va_list args;

    va_start(args, format);
    size_t length = format_list(emit_to_buffer, &text, format, args);
    va_end(args);
    *text.next = '\0';
    return length;
}
