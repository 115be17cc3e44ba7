/*
 * The virtual 8254's counter as seen at one moment (floor 1, private to vpit.c). None of these changes anything.
 * `clock` is a position in input clocks (VPIT_HZ) since time 0; no ns value overflows the conversion.
 */
#ifndef RINGLET_VPIT_COUNT_H
#define RINGLET_VPIT_COUNT_H

#include "vpit.h"

/* Input clocks since time 0, and the first nanosecond at which that many have passed. */
uint64_t vpit_ns_to_clock(uint64_t ns);
uint64_t vpit_clock_to_ns(uint64_t clock);

/* Clocks into the current period, 0..divisor - 1. */
uint32_t vpit_position(const struct vpit *pit, uint64_t clock);

/* The counting element as a guest reads it, in BCD if it asked for that. */
uint16_t vpit_count(const struct vpit *pit, uint64_t clock);

/* Status byte of the read-back command: OUT, null count, access, mode, BCD. */
uint8_t vpit_status(const struct vpit *pit, uint64_t clock);

#endif
