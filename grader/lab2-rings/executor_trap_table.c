/*
 * Lab 2's executor: the student's trap_table.c (exercise 2.5, the trap table), on the executor's machine.
 */
#include "fake_names.h"
#include "trap_table.c"
