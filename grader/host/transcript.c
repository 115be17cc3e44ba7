/*
 * Transcripts out of the combined console (host side; rules in transcript.h). One pass over the lines; what has been
 * collected only grows, except that a continued line takes back the newline the console had put there.
 * The rules by example, with guests a and b; what a printed is "one two\r\n", what b printed "x\r\n":
 *     [a] one \r\n      broken, because b spoke: this newline is the console's
 *     [b] x\r\n
 *     [a]+two\r\n       the rest: joined to "one "
 */
#define _GNU_SOURCE
#include "transcript.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

/* Grows to at most the console's length; always ends with a NUL. */
struct collected {
    char *bytes;
    size_t size;
};

/* One line of the console, its newline included. */
struct line {
    const char *text;
    size_t size;
    size_t prefix; /* length of "[name]" with the blank or plus behind it; 0 for the hypervisor's lines */
};

/*
 * Cuts the next line off. False at the end.
 * A guest may print brackets itself: only those in front, which the console puts there, are looked at.
 */
static bool line_next(const char **console, size_t *left, struct line *line)
{
    if (*left == 0)
        return false;
    const char *end = memchr(*console, '\n', *left);
    line->text = *console;
    line->size = end ? (size_t)(end + 1 - *console) : *left;
    line->prefix = 0;
    const char *close = line->text[0] == '[' ? memchr(line->text, ']', line->size) : NULL;
    if (close && close + 1 < line->text + line->size && (close[1] == ' ' || close[1] == '+'))
        line->prefix = close + 2 - line->text;
    *console += line->size;
    *left -= line->size;
    return true;
}

/*
 * The room for all of the console was taken beforehand: pieces of it can never be longer.
 * Bytes, not text: a guest may print NULs.
 */
static void collect(struct collected *collected, const char *bytes, size_t size)
{
    memcpy(collected->bytes + collected->size, bytes, size);
    collected->size += size;
    collected->bytes[collected->size] = 0;
}

/*
 * The console broke this guest's last line: its newline was not the guest's.
 * Only "\r\n" is ever put there; a guest's own bare newline cannot stand before a `+` line.
 */
static void newline_drop(struct collected *collected)
{
    if (collected->size && collected->bytes[collected->size - 1] == '\n')
        collected->size--;
    if (collected->size && collected->bytes[collected->size - 1] == '\r')
        collected->size--;
}

/*
 * `name` NULL: the hypervisor's lines.
 * The result is the caller's. A name that is a prefix of another's is told apart by its length.
 */
static char *transcript_collect(const char *console, size_t left, const char *name, size_t *size)
{
    size_t length = name ? strlen(name) : 0;
    struct collected collected = { memory_resize(NULL, left + 1), 0 };
    struct line line;

    collected.bytes[0] = 0;
    while (line_next(&console, &left, &line)) {
        if (!name && !line.prefix)
            collect(&collected, line.text, line.size);
        /* "[", "]" and the blank or plus: three more than the name */
        if (!name || line.prefix != length + 3 || memcmp(line.text + 1, name, length) != 0)
            continue;
        if (line.text[line.prefix - 1] == '+')
            newline_drop(&collected);
        collect(&collected, line.text + line.prefix, line.size - line.prefix);
    }
    if (size)
        *size = collected.size;
    return collected.bytes;
}

/* An unknown name is no error here: the test that expects text will say what is missing. */
char *transcript_guest(const char *console, size_t console_size, const char *name, size_t *size)
{
    return transcript_collect(console, console_size, name, size);
}

char *transcript_hypervisor(const char *console, size_t console_size, size_t *size)
{
    return transcript_collect(console, console_size, NULL, size);
}
