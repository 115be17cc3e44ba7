/*
 * The formatting engine (floor 1, pure but for print(), which hands each character to console.c).
 *
 * One walk over the format, one character at a time, to whatever emit() is: the console, a buffer, a domain's reason
 * for its crash. No memory is allocated and no line is assembled first, so a panic can print with a broken heap, and
 * the longest message costs no more stack than the shortest. Host-side tests link this file as it is.
 *
 *      print, format_text, domain_crash  ->  format_list  ->  parse_verb, put_verb  ->  put  ->  emit(context, c)
 */
#include "print.h"
#include <stdbool.h>
#include <stdint.h>
#include "console.h"
#include "math64.h"

/* Where the characters go, and how many have gone there: the count is the length the whole text has. */
struct output {
    void (*emit)(void *context, char c); /* the sink: must take every character, and may drop it */
    void *context;                       /* the sink's own */
    size_t count;                        /* characters sent, dropped ones included */
};

/*
 * One verb, taken apart: %[flags][width][ll]letter. Precision, "*" and other lengths are not known here.
 *
 *      %5u "   42"      %-5u "42   "      %08x "0000002a"      %llu 64 bits      %c %s %p      %% "%"
 */
struct verb {
    unsigned width; /* characters at least; 0: as many as it takes */
    bool zero;      /* fill with zeros in place of spaces, in front */
    bool left;      /* fill behind, with spaces */
    bool is_long;   /* the argument has 64 bits: one "l" alone means nothing, as int and long are alike on i386 */
    char letter;    /* what kind of argument; '\0' when the format ends inside the verb */
};

/* The one way out: nothing else calls emit(), so the count cannot be wrong. */
static void put(struct output *out, char c)
{
    out->emit(out->context, c);
    out->count++;
}

/* Filled up to the verb's width, never cut: a column that is too narrow shows a crooked line, not a wrong number. */
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

/*
 * Digits are found from the last to the first, so they are put into a buffer from its end. 20 digits are enough for
 * any 64-bit number in base 10, one place is for the sign. `base` is 10 or 16.
 */
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

/* No check for NULL: page 0 belongs to guests, and a caller with no name to give says so itself ("?", "none"). */
static void put_text(struct output *out, const struct verb *verb, const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    put_padded(out, verb, text, length);
}

/* Returns the place of the verb's letter: the caller's loop steps over it. An unknown letter is not refused here. */
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
    /* "ll" makes 64 bits; a single "l" is taken and changes nothing. */
    for (; *format == 'l'; format++)
        verb->is_long = format[1] == 'l' || verb->is_long;
    verb->letter = *format;
    return format;
}

/*
 * The va_list goes by its address: taking an argument must move the caller's list. The compiler has compared verbs and
 * arguments (the format attribute in print.h), so what is taken here is what was passed.
 */
static uint64_t take_unsigned(const struct verb *verb, va_list *args)
{
    return verb->is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
}

/*
 * An unknown verb prints as its letter, which makes "%%" a percent sign without a case of its own. The negative number
 * is turned around in 64 bits, where it always has a positive twin; in 32 bits INT_MIN has none.
 */
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

/*
 * The list is copied first. On x86-64, where the tests run, va_list is an array: as a parameter it has decayed to a
 * pointer, and the address of that is not the address of a list.
 */
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

/* The console knows that these bytes are the hypervisor's, and ends a guest's line that is in the way. */
static void emit_to_console(void *context, char c)
{
    (void)context;
    console_log(c);
}

/* For functions that take a format themselves, such as panic(). */
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

/* A sink of limited size. Invariant: next <= last, so there is always room for the final '\0'. */
struct text_buffer {
    char *next; /* where the next character goes */
    char *last; /* where the '\0' goes at the latest */
};

/* What does not fit is dropped here but counted above: the caller compares lengths to learn that it was cut. */
static void emit_to_buffer(void *context, char c)
{
    struct text_buffer *buffer = context;

    if (buffer->next < buffer->last)
        *buffer->next++ = c;
}

/* size >= 1: a buffer without room for the end of the text is our bug. */
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
