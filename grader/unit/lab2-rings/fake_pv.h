/*
 * A ring-1 guest made of arrays, for the host tests of floor 2: RAM with page tables that are really walked, one
 * domain, its vcpu, and what the files under test would have the machine do, recorded.
 *
 * Frames below FAKE_FIRST are never given out, so that a number taken for another kind of number shows.
 */
#ifndef RINGLET_FAKE_PV_H
#define RINGLET_FAKE_PV_H

#include <stdbool.h>
#include <stdint.h>

#include "abi_hypercall.h"
#include "paging.h"
#include "pv.h"

#define FAKE_FIRST  16u
#define FAKE_FRAMES 256u /* of RAM that is given out: numbers FAKE_FIRST .. FAKE_FIRST + FAKE_FRAMES - 1 */
#define FAKE_OUTPUT 16384u

#define FAKE_READ  (PTE_PRESENT | PTE_USER)
#define FAKE_WRITE (PTE_PRESENT | PTE_WRITABLE | PTE_USER)

struct fake_pv {
    struct domain domain;
    struct trap_frame frame;
    struct pv_vcpu pv;
    struct pv_domain *owner; /* in the domain's data */
    struct vcpu_info info;
    unsigned crashes, ends, settles, wakes, sleeps, flushes, reloads, lines;
    uint8_t status;              /* of the first end */
    char reason[160], log[512];  /* first crash; what was printed */
    uint8_t output[FAKE_OUTPUT]; /* to the console */
    uint32_t output_count;
    uint64_t gates[256];         /* set by upper floors; descriptors of the hypervisor's page alike */
    uint64_t descriptors[512];
    uint16_t inner_ss, ldt;
    uint32_t inner_esp;
    mfn_t gdt_window[16], ldt_window[16]; /* frames that the gate area shows */
};

extern struct fake_pv fake;

/* A fresh guest in ring 1 on the flat segments, with empty tables: a setup function of cmocka. */
int fake_pv_start(void **state);

/* Map a frame, or a fresh zeroed one (its number is returned), at a page of the guest's; flags of the L1 entry. */
void fake_map(uint32_t address, uint32_t mfn, uint32_t flags);
uint32_t fake_page(uint32_t address, uint32_t flags);

/* The L2 entry and the L1 entry of an address, the tables made where there are none. */
uint64_t *fake_l2_entry(uint32_t address);
uint64_t *fake_l1_entry(uint32_t address);

/* Guest memory byte by byte, without regard for rights; it must be mapped. */
uint8_t *fake_byte(uint32_t address);
uint32_t fake_word(uint32_t address);
void fake_put(uint32_t address, const void *bytes, uint32_t count);
void fake_put_word(uint32_t address, uint32_t value);

/* The handler that HYPERCALL() names for `number`, called for the vcpu. */
int32_t fake_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* Like memcmp(), but says where. */
void fake_assert_same(const void *a, const void *b, uint32_t count, const char *what);

#endif
