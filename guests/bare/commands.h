/* Commands that have files of their own, and how commands tell a fact. */
#ifndef BARE_COMMANDS_H
#define BARE_COMMANDS_H

#include <stdbool.h>

/* "yes" or "no"; static, never freed. */
const char *yes_no(bool fact);

/* Each as struct command has it (shell.h): false when something it tried went wrong, after saying what. */
bool command_threads(const char *argument);
bool command_fault(const char *argument);
bool command_privileged(const char *argument);
bool command_ring3(const char *argument);

#endif
