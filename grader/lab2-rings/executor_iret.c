/*
 * Lab 2's executor: the student's iret.c (exercise 2.6), on the executor's machine.
 */
#include "fake_names.h"
#include "iret.c"
