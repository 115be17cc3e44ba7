/*
 * Lab 2 for the autograder: its exercises and what each is worth. The checks stand in check_*.c. Unit checks carry
 * about two thirds of an exercise, system checks the rest; 2.2 is system checks alone.
 */
#include <stddef.h>

#include "check.h"

static const struct exercise exercises[] = {
    { "2.1", "What a guest may have in its tables", 20 },
    { "2.2", "Into ring 1", 5 },
    { "2.3", "Hypercalls", 15 },
    { "2.4", "Reaching guest memory", 15 },
    { "2.5", "Trap table and bounce", 20 },
    { "2.6", "Back again", 10 },
    { "2.7", "The fast trap", 5 },
    { "2.8", "Nobody else's problem", 10 },
    { NULL, NULL, 0 },
};

const struct lab lab = {
    .number = 2,
    .folder = "lab2-rings",
    .title = "ring-1 guests",
    .exercises = exercises,
    .memory_mib = 64,
    .guest = "scenes/tour.elf",
};
