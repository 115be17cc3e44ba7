/* Commands that have files of their own, and how commands tell a fact. */
#ifndef BARE_COMMANDS_H
#define BARE_COMMANDS_H

#include <stdbool.h>

const char *yes_no(bool fact);

bool command_threads(const char *argument);
bool command_fault(const char *argument);
bool command_privileged(const char *argument);
bool command_ring3(const char *argument);

#endif
