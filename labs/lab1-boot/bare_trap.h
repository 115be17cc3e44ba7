/*
 * Traps and virtual interrupts of bare guests (floor 1): the hooks behind floor 1's descriptor.
 */
#ifndef RINGLET_BARE_TRAP_H
#define RINGLET_BARE_TRAP_H

#include <stdbool.h>
#include <stdint.h>

struct domain;
struct trap_frame;
struct vcpu;

/* Trap hook: true when the vcpu is a bare guest's. */
bool bare_trap(struct vcpu *vcpu, struct trap_frame *frame);

/* before_resume hook: deliver what is pending and permitted. */
void bare_before_resume(struct vcpu *vcpu);

/* tick hook: virtual timers run, sleepers wake. */
void bare_tick(void);

/* A key for the guest; false when its UART has no room (keyboard.h). */
bool bare_receive(struct domain *domain, uint8_t byte);

#endif
