/*
 * Keeping ring 1 out of the hypervisor (floor 2): two ways, chosen at boot by isolation=auto|segments|paging.
 */
#ifndef RINGLET_ISOLATION_H
#define RINGLET_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>
#include "frames.h"

struct vcpu;
struct trap_frame;

/* Probe, choose, announce; install the entry paths. Called once, after the options have been applied. */
void isolation_init(void);

/* Paging mode: the hypervisor is not mapped while a ring-1 guest runs. */
bool isolation_is_paging(void);

/* The hypervisor's slots (0xF5800000 and up) as a guest's L2 of the top gigabyte is to have them. */
void isolation_fill_top(uint64_t *l2);

/* Map a frame read-only in the gate area as guests see it (the GDT and LDT windows), or MFN_NONE: nothing. */
void isolation_map_window(uint32_t address, mfn_t mfn);

/* `vcpu` runs next: CR3 for the way out, and the trap page that its view of the gate area has. */
void isolation_enter(const struct vcpu *vcpu, uint32_t cr3);

/* Value of vcpu->cr3, on which ring 0 runs, for a guest whose own is `cr3`. */
uint32_t isolation_host_cr3(uint32_t cr3);

/* A trap in ring 0: true when it was the probe's, which has been settled. */
bool isolation_edge(struct trap_frame *frame);

#endif
