/*
 * Lab 2's executor: the student's hypercall.c (exercise 2.3), on the executor's machine.
 */
#include "fake_names.h"
#include "hypercall.c"
