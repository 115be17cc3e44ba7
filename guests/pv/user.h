/* To ring 3 and back. Code and data of ring 3 stand in pages of their own, marked USER_CODE and USER_DATA. */
#ifndef PV_USER_H
#define PV_USER_H

#include <stdint.h>

/* Such a function may use its stack, USER_DATA and nothing else: on a real Xen all other pages are the kernel's. */
#define USER_CODE   __attribute__((section(".user.text"), noinline, used))
#define USER_DATA   __attribute__((section(".user.data")))

/* Runs code(argument) in ring 3, on a stack of its own, with events masked; what it returned. Not reentrant. An
   exception in it arrives on the trap stack as any other: trap_happens catches it. */
uint32_t user_run(uint32_t (*code)(uint32_t), uint32_t argument);
/* The same with EFLAGS chosen. */
uint32_t user_run_flags(uint32_t (*code)(uint32_t), uint32_t argument, uint32_t eflags);

/* Ready-made programs. */
uint32_t user_nothing(uint32_t argument);   /* gives the argument back */
uint32_t user_read(uint32_t address);       /* the word there */

/* Top of the stack that ring 3 starts with, and of the one its traps are pushed on. */
extern char user_stack_top[], trap_stack_top[];
/* The first instruction in ring 3: EBX = code, EAX = argument. */
extern const char user_begin[];

/* Gives user_run its way back: handler and gate of VECTOR_USER_RETURN, stack for traps. */
void user_start_up(void);

#endif
