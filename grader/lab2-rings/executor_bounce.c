/*
 * Lab 2's executor: the student's bounce.c (exercise 2.5, bouncing), on the executor's machine.
 */
#include "fake_names.h"
#include "bounce.c"
