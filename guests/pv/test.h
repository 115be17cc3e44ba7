/* What one-purpose paravirtual kernels are made of: expectations and a verdict. One include gives a test all of
   guests/pv. A test is one folder with one main.c that misbehaves in one way or uses one element of the interface. */
#ifndef PV_TEST_H
#define PV_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "hypercall.h"
#include "memory.h"
#include "options.h"
#include "print.h"
#include "segments.h"
#include "tables.h"
#include "traps.h"
#include "user.h"

/* A function of a few instructions in ring 1, and the same in ring 3, reached through user_run. They may use EAX, ECX
   and EDX; what they do to ESP is seen by the trap only. */
#define OPERATION(name, instructions)                                       \
    static void name(void)                                                  \
    {                                                                       \
        __asm__ volatile(instructions : : : "eax", "ecx", "edx", "memory", "cc"); \
    }
#define USER_OPERATION(name, instructions)                                  \
    USER_CODE static uint32_t name##_in_ring3(uint32_t argument)            \
    {                                                                       \
        __asm__ volatile(instructions : "+a"(argument) : : "ecx", "edx", "memory", "cc"); \
        return argument;                                                    \
    }                                                                       \
    static void name(void)                                                  \
    {                                                                       \
        user_run(name##_in_ring3, 0);                                       \
    }

/* Every test defines this one; test.c calls it with traps and ring 3 in place, events masked. It ends by a verdict. */
void test_run(void);

/* Verdicts. The last line is `Test result: ...`; then the domain ends, by poweroff for the first two, by crash for
   the others. An error is a test that could not be done. */
void test_success(void) __attribute__((noreturn));
void test_skip(const char *why) __attribute__((noreturn));
void test_failure(const char *why) __attribute__((noreturn));
void test_error(const char *why) __attribute__((noreturn));

/* Fails the test with `why` unless the fact holds. */
void test_check(bool fact, const char *why);

/* Fails, showing both, unless they are equal. */
void test_equal(const char *what, uint32_t is, uint32_t should);
void test_result(const char *what, int32_t is, int32_t should);

/* Fails unless the operation raises exactly this exception with this error code; returns what was seen. */
struct trap_record test_expect(const char *name, void (*operation)(void), uint32_t vector, uint32_t error);

/* Fails unless the operation is stopped by #GP(0), as segment limits do it, or #PF, as paging does. What it reached for
   belongs to the hypervisor. */
void test_expect_closed(const char *name, void (*operation)(void));

/* Fails when an exception ends the operation. */
void test_expect_quiet(const char *name, void (*operation)(void));

#endif
