/* What one-purpose kernels are made of: a start, expectations, a verdict, and a ticking clock.
   One include gives a test all of guests/lib. A test is one folder with one main.c that misbehaves in one way. */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"
#include "devices.h"
#include "io.h"
#include "print.h"
#include "ring3.h"
#include "segments.h"
#include "traps.h"

/* Every test defines this one; test.c calls it with the GDT, the IDT and a masked PIC in place. */
void test_run(void);

/* The three verdicts: exit status 0, 1 and 3. Status 2 is kept for an exception that nobody expected. */
void test_success(void) __attribute__((noreturn));
void test_failure(const char *why) __attribute__((noreturn));
void test_skip(const char *why) __attribute__((noreturn));

/* Fails the test with `why` unless the fact holds. */
void test_check(bool fact, const char *why);

/* Fails unless the operation raises exactly this exception with this error code; returns what was seen.
   `name` is what the failure is called in the log. */
struct trap_record test_expect(const char *name, void (*operation)(void), uint32_t vector, uint32_t error);

/* Timer at `hz` counting into test_ticks. Interrupts stay off until the test turns them on. */
void test_start_timer(uint32_t hz);
/* Ticks since test_start_timer. */
extern volatile uint32_t test_ticks;

/* Sleeps in hlt until `count` more ticks came; leaves interrupts off.
   Needs test_start_timer before it, or sleeps for ever. */
void test_wait_ticks(uint32_t count);

#endif
