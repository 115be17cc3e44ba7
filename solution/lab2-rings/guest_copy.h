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
#include <stddef.h>
#include <stdint.h>
#include "exercise.h"
#include "paging.h"
#include "pv.h"

/* A word of guest memory in place. Guests align as they like, which the CPU does not mind but C does (C11 6.3.2.3). */
typedef uint32_t __attribute__((aligned(1), may_alias)) guest_word_t;

/* The table that an entry of the level above names. Tables are the guest's own frames, or ours: always in RAM. */
static inline const uint64_t *table_of(uint32_t entry)
{
    return mfn_pointer((mfn_t){ entry >> PAGE_SHIFT });
}

/*
 * The byte at `address`, or NULL: not mapped, at or above HYPERVISOR_VIRT_START, or to be written and read-only. Valid
 * to the end of its page. Here and not in guest_copy.c because every bounce and every iret walks.
 *
 * Exercise 2.4. Three levels: pdpt[] of the vcpu, then the L2 and the L1 that its entries name (table_of(); and
 * mfn_pointer() turns a frame into a pointer). NULL
 *   - at or above HYPERVISOR_VIRT_START: that part belongs to us, though it may be mapped;
 *   - when an entry is not present, or is a large page (PTE_LARGE in the L2), which no guest here can have;
 *   - when `write` is asked for and L2 and L1 do not both allow it: CR0.WP binds ring 1 too (SDM vol. 3 4.6.1);
 *   - when the frame is none of ours (FRAMES_MAX): the direct map ends there.
 */
static inline void *guest_pointer(const struct pv_vcpu *pv, uint32_t address, bool write)
{
#ifdef SOLUTION
    uint32_t wanted = write ? PTE_PRESENT | PTE_WRITABLE : PTE_PRESENT, low = (uint32_t)pv->pdpt[l3_index(address)];

    if (address >= HYPERVISOR_VIRT_START || !(low & PTE_PRESENT))
        return NULL;
    low = (uint32_t)table_of(low)[l2_index(address)]; /* flags and, for a table, all of the frame are in the low half */
    if ((low & (wanted | PTE_LARGE)) != wanted)
        return NULL;
    uint64_t entry = table_of(low)[l1_index(address)];
    if (((uint32_t)entry & wanted) != wanted || pte_mfn(entry).number >= FRAMES_MAX)
        return NULL;
    return (uint8_t *)mfn_pointer(pte_mfn(entry)) + (address & (PAGE_SIZE - 1));
#else
    (void)pv, (void)address, (void)write;
    EXERCISE("2.4");
#endif
}

/*
 * Would the CPU reach `address` by these tables? Like guest_pointer(), with the right of ring 3 asked for as well: it
 * needs U/S in both levels below the L3 (SDM vol. 3 section 4.6).
 */
static inline bool page_is_reachable(const struct pv_vcpu *pv, uint32_t address, bool write, bool user)
{
    if (guest_pointer(pv, address, write) == NULL)
        return false;
    uint32_t upper = (uint32_t)table_of((uint32_t)pv->pdpt[l3_index(address)])[l2_index(address)];
    return !user || (upper & (uint32_t)table_of(upper)[l1_index(address)] & PTE_USER);
}

/* guest_pointer() for `count` bytes that lie in one page; NULL also when they do not: then copy. */
static inline void *guest_window(const struct pv_vcpu *pv, uint32_t address, uint32_t count, bool write)
{
    return (address & (PAGE_SIZE - 1)) + count <= PAGE_SIZE ? guest_pointer(pv, address, write) : NULL;
}

/*
 * `count` bytes in or out. 0 or -EFAULT; then nothing has been copied, not even the part that was reachable. What comes
 * in comes once: a handler that looks at the guest's memory a second time may find something else there, for another
 * vcpu can write it in between. So decide and act on the copy.
 */
int32_t copy_from_guest(const struct pv_vcpu *pv, void *to, uint32_t from, uint32_t count);
int32_t copy_to_guest(const struct pv_vcpu *pv, uint32_t to, const void *from, uint32_t count);

#endif
