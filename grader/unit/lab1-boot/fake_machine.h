/*
 * A bare guest's machine made of arrays, for the host tests of floor 1: its memory and shadow GDT are allocated to the
 * byte, so that AddressSanitizer sees every step beyond them; what the hypervisor would do to the domain is recorded.
 *
 * The guest's tables lie where the constants say. Descriptors and gates are put together here bit by bit from SDM
 * vol. 3 figures 3-8 and 6-2, not with segments.c, which is under test itself.
 */
#ifndef RINGLET_FAKE_MACHINE_H
#define RINGLET_FAKE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bare.h"
#include "decode.h"
#include "domain.h"

#define FAKE_MEMORY (256u << 10)
#define FAKE_GDT    0x1000u
#define FAKE_IDT    0x2000u
#define FAKE_TSS    0x3000u
#define FAKE_CODE   0x5000u
#define FAKE_STACK  0x8000u /* ESP at the start */
#define FAKE_STACK0 0xa000u /* ESP0 in the TSS; ESP1 and ESP2 are 0x1000 and 0x2000 further on */

/* Selectors of the standard table. */
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE   0x18
#define USER_DATA   0x20
#define TASK        0x28
#define FREE_ENTRY  0x30 /* this one and all above are zero */

/* Access bytes: P=1, then DPL, S, type. */
#define ACCESS_CODE(ring) (0x9a | (ring) << 5)
#define ACCESS_DATA(ring) (0x92 | (ring) << 5)

struct fake_machine {
    struct bare guest;
    struct domain domain;
    struct trap_frame frame;
    unsigned ends, crashes;
    char output[256]; /* what the guest sent to its UART */
    unsigned output_count;
    uint64_t now;     /* ns */
    uint64_t tsc;
    unsigned clock_reads;
};

/* Build it, as a multiboot loader leaves it plus the standard GDT and TSS, an empty IDT of 256 entries. */
struct fake_machine *fake_start(void);
void fake_stop(struct fake_machine *machine);

/* Base, limit field (20 bits), access byte, G and D/B. */
uint64_t fake_descriptor(uint32_t base, uint32_t limit, uint8_t access, bool pages, bool big);

/* Flat (or anything in bytes up to 1 MiB) descriptors into the guest's GDT. */
void fake_flat(struct fake_machine *machine, uint16_t selector, uint8_t access);
void fake_bytes(struct fake_machine *machine, uint16_t selector, uint32_t base, uint32_t limit, uint8_t access,
                bool big);
void fake_entry(struct fake_machine *machine, uint16_t selector, uint64_t descriptor);

/* access: P, DPL and type (0xe interrupt, 0xf trap; 6 and 7 their 16-bit kin). */
void fake_gate(struct fake_machine *machine, uint8_t vector, uint16_t selector, uint32_t offset, uint8_t access);

/* Little-endian words of 1..8 bytes in guest memory. */
void fake_write(struct fake_machine *machine, uint32_t address, unsigned size, uint64_t value);
uint64_t fake_read(const struct fake_machine *machine, uint32_t address, unsigned size);

/* Put the guest into virtual ring 3 on the user segments of the standard table. */
void fake_enter_user(struct fake_machine *machine);

/* Put it into any virtual ring, with flat segments of that ring in entries 0x40 (code) and 0x48 (data). */
#define RING_CODE 0x40
#define RING_DATA 0x48
void fake_enter_ring(struct fake_machine *machine, uint8_t ring);

/*
 * The rules that keep the exit stub from faulting in ring 0: every shadow entry is zero or a present code or data
 * segment with DPL 3, accessed; entry 0 is zero; after bare_segments_settle() every selector can be loaded.
 * NULL when they hold, else the broken one.
 */
const char *fake_shadow_broken(struct fake_machine *machine);
const char *fake_frame_broken(struct fake_machine *machine);

#endif
