/*
 * Floor 3 on the host: one domain in the fake RAM of fake_pv.h, its frames in the real frame table, and the real calls.
 *
 *      frame    16 17 18 19   20       21      22      23         24        25 26
 *               A  B  C  D    FIRST    TOP     SHARED  FOREIGN    REQUEST   its L2 and L1, of nobody
 *               zeroed        L3  ->   L2      page    another's  the guest's list, at WINDOW while a call lasts
 *
 * The domain is built by the real space_build(): FIRST is pinned and the base. All frames lie in one word of the
 * allocator, which gives the lowest that is free; none is, until one goes back.
 */
#ifndef RINGLET_MMU_ON_HOST_H
#define RINGLET_MMU_ON_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "lab2-rings/fake_pv.h"

enum {
    HOST_A = FAKE_FIRST, HOST_B, HOST_C, HOST_D, HOST_FIRST, HOST_TOP, HOST_SHARED, HOST_FOREIGN,
    HOST_REQUEST, HOST_WINDOW_L2, HOST_WINDOW_L1, HOST_END
};

#define HOST_LISTED   6u /* A to TOP: the domain's memory, in this order */
#define HOST_OWNER    2u /* the domain's number + 1 */
#define HOST_STRANGER 3u
#define WINDOW        0x40000000u /* two pages: REQUEST, and again REQUEST */

/* What isolation_fill_top() puts into each of the hypervisor's entries: not present. */
#define HOST_TOP_ENTRY 0xf800000ull
#define HOST_TOP_FIRST 428u

struct mmu_host {
    unsigned cr3_loads, invalidates, agains, forgotten, tables_freed;
    uint32_t invalidated;             /* the last address */
    uint32_t again[3];                /* the last hypercall_again(): number, first, second argument */
    bool is_paging;
    const char *refusal;              /* of pv_build() */
};

extern struct mmu_host mmu_host;

/* A fresh domain: a setup function of cmocka. */
int mmu_host_start(void **state);

/* A frame's entries. */
uint64_t *host_entries(uint32_t mfn);

/* A hypercall while the list is there to be read; one mmu_update request; one operation of mmuext_op. */
int32_t host_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
int32_t host_update(uint64_t pointer_and_command, uint64_t value);
int32_t host_operation(uint32_t command, uint32_t a, uint32_t b);

/* memory_op on one frame number, which is read from and written to *number. Returns how many were done. */
int32_t host_reservation(uint32_t command, uint32_t *number);

/* Machine address of an entry. */
static inline uint64_t host_place(uint32_t mfn, uint32_t index)
{
    return (uint64_t)mfn << 12 | index * 8;
}

#endif
