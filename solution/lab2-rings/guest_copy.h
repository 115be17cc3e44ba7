/*
 * Guest memory, seen through the guest's own page tables (floor 2).
 *
 * The hypervisor never uses a guest's address as a pointer of its own: that would let a guest aim at us, and fault in
 * ring 0 whenever it likes. It walks the guest's tables in software and goes through the direct map. Addresses are
 * linear: the bases of the guest's segments do not count (abi.md 1.7).
 */
#ifndef RINGLET_GUEST_COPY_H
#define RINGLET_GUEST_COPY_H

#include <stdbool.h>
#include <stdint.h>
#include "pv.h"

/*
 * The byte at `address`, or NULL: not mapped, at or above HYPERVISOR_VIRT_START, or to be written and read-only. Valid
 * to the end of its page.
 */
void *guest_pointer(const struct pv_vcpu *pv, uint32_t address, bool write);

/* `count` bytes in or out. 0 or -EFAULT; then nothing has been copied, not even the part that was reachable. */
int32_t copy_from_guest(const struct pv_vcpu *pv, void *to, uint32_t from, uint32_t count);
int32_t copy_to_guest(const struct pv_vcpu *pv, uint32_t to, const void *from, uint32_t count);

#endif
