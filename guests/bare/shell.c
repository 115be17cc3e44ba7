/* A line editor and a command loop. A script goes through the very same code as the keyboard, character by character,
   so what it prints is what a person would see. In a script '+' stands for Return and '_' for a blank: neither means
   anything to QEMU, where a comma parts modules, or to GRUB, where a semicolon parts commands. Called by main. */
#include "shell.h"

#include <stddef.h>

#include "print.h"
#include "string.h"
#include "uart.h"

#define LINE_SIZE   80          /* with the final NUL; what is typed beyond it is not echoed and lost */
#define BACKSPACE   '\b'
#define DELETE      0x7F        /* what most terminals send for the backspace key */

static const char *script_next = "";    /* what the script still has to say; borrowed from main */
static unsigned failures;       /* of all commands since the start */

/* Takes effect with the next character, so before shell_run. */
void shell_set_script(const char *script)
{
    script_next = script;
}

unsigned shell_failures(void)
{
    return failures;
}

/* One source of characters: no code below knows whether a person types.
   Blocks in uart_get once the script is used up: shell_run asks only when it may. */
static char shell_get(void)
{
    char c = *script_next;

    if (c == '\0')
        return uart_get();
    script_next++;
    if (c == '+')
        return '\n';
    return c == '_' ? ' ' : c;
}

/* Appends or erases; the terminal shows what the line holds.
   Returns the new length. Control characters, escape sequences' first byte among them, are dropped. */
static unsigned line_edit(char *line, unsigned length, char c)
{
    if (c == BACKSPACE || c == DELETE) {
        if (length == 0)
            return 0;
        print("\b \b");         /* back, over it, back again */
        return length - 1;
    }
    if (c < ' ' || length == LINE_SIZE - 1)
        return length;
    serial_put(c);
    line[length] = c;
    return length + 1;
}

/* `line` has LINE_SIZE bytes. Both ends of line count: terminals send CR, scripts and pipes LF. */
static void line_read(char *line)
{
    unsigned length = 0;

    for (;;) {
        char c = shell_get();

        if (c == '\n' || c == '\r')
            break;
        length = line_edit(line, length, c);
    }
    line[length] = '\0';
    serial_put('\n');
}

/* Cuts the line behind its first word; returns what follows.
   In place: the command's name and its argument are two strings in the same buffer. */
static char *line_split(char *line)
{
    while (*line != '\0' && *line != ' ')
        line++;
    if (*line == '\0')
        return line;
    *line++ = '\0';
    while (*line == ' ')
        line++;
    return line;
}

/* An unknown command counts as failed, so that a script with a typing error cannot pass.
   An empty line is nothing, not an error: people press Return. */
static void line_run(char *line)
{
    const char *argument = line_split(line);

    if (*line == '\0')
        return;
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (string_equal(command->name, line)) {
            if (!command->run(argument))
                failures++;
            return;
        }
    }
    print("shell: no command '%s'; try help\n", line);  /* repeats the word: the typing error is in it */
    failures++;
}

/* The line lies on this thread's stack; commands keep no pointer into it. */
void shell_run(bool stay)
{
    char line[LINE_SIZE];

    while (stay || *script_next != '\0') {
        print("bare> ");
        line_read(line);
        line_run(line);
    }
}
