/*
 * Lab 2 for the autograder: its exercises and what each is worth. The checks stand in check_*.c. Unit checks carry about
 * two thirds of an exercise, system checks the rest; 2.2 is system checks alone.
 */
#include <stddef.h>

#include "check.h"

static const struct exercise exercises[] = {
    { "2.1", "What a guest may have in its descriptor tables", 20 },
    { "2.2", "The first context of a paravirtual guest", 5 },
    { "2.3", "Hypercalls, alone and in lists", 15 },
    { "2.4", "Reaching guest memory", 15 },
    { "2.5", "The trap table, and bouncing exceptions to it", 20 },
    { "2.6", "The iret hypercall", 10 },
    { "2.7", "The fast trap", 5 },
    { "2.8", "When a guest cannot be returned to", 10 },
    { NULL, NULL, 0 },
};

const struct lab lab = {
    .number = 2,
    .folder = "lab2-rings",
    .title = "ring-1 guests",
    .exercises = exercises,
    .memory_mib = 64,
};
