/*
 * Lab 1 for the autograder: its exercises and what each is worth. The checks stand in check_*.c.
 */
#include <stddef.h>

#include "check.h"

static const struct exercise exercises[] = {
    { "1.1", "Descriptors and gates", 15 },
    { "1.2", "The entry stub and its frame", 10 },
    { "1.3", "Decoding privileged instructions", 20 },
    { "1.4", "Emulating them on the virtual CPU", 20 },
    { "1.5", "Port I/O", 15 },
    { "1.6", "Virtual interrupts", 20 },
    { NULL, NULL, 0 },
};

const struct lab lab = {
    .number = 1,
    .folder = "lab1-boot",
    .title = "boot, trap and emulate",
    .exercises = exercises,
    .memory_mib = 32,
};
