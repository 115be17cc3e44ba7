/*
 * Hypercalls (floor 2): what handlers need beside their arguments. The table is floor 1's (floor.h).
 */
#ifndef RINGLET_HYPERCALL_H
#define RINGLET_HYPERCALL_H

#include <stdint.h>
#include "pv.h"

/* Entries of a list that one hypercall works on before it lets others have the CPU. */
#define HYPERCALL_BATCH 64

/*
 * Have the guest make hypercall `number` again, with `first` and `second` as its first two arguments, when it next
 * runs: for long lists. Returns what the handler must return. As an entry of a list it is the entry that is made again.
 * The second form replaces the third argument, too.
 */
int32_t hypercall_again(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second);
int32_t hypercall_again_third(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second, uint32_t third);

/* The handler of such a call is done: the guest finds the arguments that it gave. Returns `result`. */
int32_t hypercall_end(struct vcpu *vcpu, int32_t result);

/* Say once for each domain and number that no floor of this image has it. */
void hypercall_missing(struct vcpu *vcpu, uint32_t number);

/* What the ABI calls hypercall `number`, for the log; "?" where it has none. */
const char *hypercall_name(uint32_t number);

#endif
