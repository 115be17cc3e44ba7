/*
 * The end of the machine (floor 1): our own bugs stop here, with everything a person needs to find them.
 * A guest can never cause a panic; where one could, that is a bug.
 */
#ifndef RINGLET_PANIC_H
#define RINGLET_PANIC_H

#include <stdint.h>

struct trap_frame;

/* Values written to the debug-exit port; QEMU exits with (value << 1) | 1. */
enum machine_status {
    MACHINE_SUCCESS = 0x10,       /* every guest ended by itself with success */
    MACHINE_GUEST_FAILURE = 0x11, /* some guest crashed, reported failure or was refused */
    MACHINE_PANIC = 0x12,         /* the hypervisor itself failed */
    MACHINE_UNFINISHED = 0x13     /* an exercise that is not written yet was reached (exercise.h) */
};

/* Print the verdict and switch the machine off (QEMU, Bochs); on real hardware, halt. */
void __attribute__((noreturn)) machine_off(enum machine_status status);

/* Print the reason, registers, current domain and backtrace, then switch off with MACHINE_PANIC. */
void __attribute__((noreturn, format(printf, 1, 2))) panic(const char *format, ...);

/* The same, with the registers of a trap that hit the hypervisor itself. */
void __attribute__((noreturn)) panic_trap(const struct trap_frame *frame);

/* Entered by the CPU as a task when an exception could not be delivered (tables.c). */
void __attribute__((noreturn)) panic_double_fault(void);

/* An invariant that cannot be false unless the hypervisor is wrong. */
#define ASSERT(condition) \
    ((condition) ? (void)0 : panic("assertion failed: %s (%s:%d)", #condition, __FILE__, __LINE__))

#endif
