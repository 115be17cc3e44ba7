/*
 * What stands where an exercise is not written yet (floor 1; every floor's skeleton uses it). EXERCISE("1.3") says
 * which exercise was reached and where it is described, and stops the machine with status MACHINE_UNFINISHED. The
 * complete hypervisor never gets there. Host tests link their own exercise_missing() instead of exercise.c.
 */
#ifndef RINGLET_EXERCISE_H
#define RINGLET_EXERCISE_H

#ifdef __ASSEMBLER__

#include "layout.h"

/* As a statement of assembly. The guest's segments and stack may still be loaded, and C cannot run on those. */
#define EXERCISE(number)                                                                        \
        movl $SELECTOR_DATA, %eax; movl %eax, %ds; movl %eax, %es; movl $stack_top, %esp;       \
        movl $9f, %eax; call exercise_missing; 9: .asciz number

#else

#define EXERCISE(number) exercise_missing(number)

/* `number` is "lab.exercise". */
void __attribute__((noreturn)) exercise_missing(const char *number);

#endif
#endif
