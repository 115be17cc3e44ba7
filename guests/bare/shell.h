/* The kernel's shell.
   It runs in the first thread and is the only one that prints, so that lines never mix. */
#ifndef BARE_SHELL_H
#define BARE_SHELL_H

#include <stdbool.h>

/* A command gets what follows its name, "" if nothing. False: what it tried went wrong; it has said what. */
struct command {
    const char *name;
    bool (*run)(const char *argument);
    const char *help;
};

/* Defined in commands.c.
   All of them, ending with an entry whose name is NULL. */
extern const struct command commands[];

/* The string is not copied and must stay.
   Types the script in as if by hand: '+' is Return, '_' is a blank. It must end with '+' or be empty. */
void shell_set_script(const char *script);

/* Reads and runs commands: those of the script, and then, when `stay`, those typed. Returns when there are no more. */
void shell_run(bool stay);

/* How many commands have failed so far. */
unsigned shell_failures(void);

#endif
