/* Descriptors of the kernel's own: a GDT page that set_gdt hands over, and how descriptors are packed. */
#ifndef PV_SEGMENTS_H
#define PV_SEGMENTS_H

#include <stdint.h>

#define DESCRIPTORS_PER_PAGE 512

/* Access byte: P, DPL, S, type (SDM vol. 3, section 3.4.5). */
#define ACCESS_PRESENT      0x80u
#define ACCESS_DPL(ring)    ((ring) << 5)
#define ACCESS_SEGMENT      0x10u   /* S: code or data, not system */
#define ACCESS_CODE         0x0Bu   /* execute, read, accessed */
#define ACCESS_CONFORMING   0x04u
#define ACCESS_DATA         0x03u   /* read, write, accessed */
#define ACCESS_READ_ONLY    0x01u
#define ACCESS_EXPAND_DOWN  0x04u
#define FLAG_GRANULAR       0x8u    /* limit in pages */
#define FLAG_32BIT          0x4u
#define FLAG_LONG           0x2u

/* A whole access byte for ring 1 or another one. */
#define CODE_OF(ring)   (ACCESS_PRESENT | ACCESS_DPL(ring) | ACCESS_SEGMENT | ACCESS_CODE)
#define DATA_OF(ring)   (ACCESS_PRESENT | ACCESS_DPL(ring) | ACCESS_SEGMENT | ACCESS_DATA)

/* Limit as in the descriptor: bytes minus one, or with FLAG_GRANULAR pages minus one. A macro, for constant tables. */
#define DESCRIPTOR(base, limit, access, flags)                              \
    ((uint64_t)(((base) & 0xFF000000u) | (flags) << 20 | ((limit) & 0xF0000u) | (access) << 8 | \
                ((base) >> 16 & 0xFFu)) << 32 | ((base) & 0xFFFFu) << 16 | ((limit) & 0xFFFFu))
static inline uint64_t descriptor_pack(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags)
{
    return DESCRIPTOR(base, limit, access, flags);
}

/* Flat up to the end of guest segments. */
#define FLAT_LIMIT      (SEGMENT_END / PAGE_SIZE - 1)
#define FLAT_FLAGS      (FLAG_GRANULAR | FLAG_32BIT)

/* 32-bit gates: type 0xC call gate, 0xE interrupt gate, 0xF trap gate, 0x5 task gate. */
#define GATE_CALL       0xCu
#define GATE(selector, offset, access, parameters)                          \
    ((uint64_t)(((offset) & 0xFFFF0000u) | (access) << 8 | (parameters)) << 32 | (uint32_t)(selector) << 16 | \
     ((offset) & 0xFFFFu))
static inline uint64_t gate_pack(uint16_t selector, uint32_t offset, uint32_t access, uint32_t parameters)
{
    return GATE(selector, offset, access, parameters);
}

/* The GDT's first page. Filled before gdt_load; afterwards it is changed by gdt_set only, since a real hypervisor has
   taken away the right to write it. */
extern uint64_t gdt_page[DESCRIPTORS_PER_PAGE];

/* Hands the page over; what set_gdt answers. */
int32_t gdt_load(uint32_t entries);
/* Makes a page of descriptors read-only, as the type of such a page demands; floor 2 has no such call. */
void descriptors_protect(const void *page);
/* update_descriptor on entry `index` of gdt_page; what it answers. */
int32_t gdt_set(unsigned index, uint64_t descriptor);
/* Selector of an entry. */
#define SELECTOR_OF(index, ring) ((index) << 3 | (ring))

#endif
