/*
 * The guest's GDT and LDT (floor 2): copies that we have checked, which the CPU reads in place of the guest's pages.
 */
#ifndef RINGLET_DESCRIPTOR_TABLES_H
#define RINGLET_DESCRIPTOR_TABLES_H

#include <stdbool.h>
#include <stdint.h>
#include "pv.h"
#include "segments.h"

/*
 * The descriptor that `selector` names for this vcpu, taken apart. False: none that is present. Only RPL and the upper
 * half of `selector` are ignored; whether it may be used for the purpose is the caller's question.
 */
bool segment_find(const struct pv_vcpu *pv, uint32_t selector, struct segment *segment);

/* Linear address of ss:esp, of the instruction at cs:eip. False: the selector is no writable data, no code segment. */
bool stack_linear_find(const struct pv_vcpu *pv, uint32_t ss, uint32_t esp, uint32_t *linear);
bool code_linear_find(const struct pv_vcpu *pv, uint32_t cs, uint32_t eip, uint32_t *linear);

/* The same descriptor, whatever the RPL. */
static inline bool selector_is(uint32_t selector, uint16_t other)
{
    return ((selector ^ other) & 0xfffc) == 0;
}

/* Nearly every guest uses the flat ones all the time: they are not worth a lookup. */
static inline bool stack_linear(const struct pv_vcpu *pv, uint32_t ss, uint32_t esp, uint32_t *linear)
{
    *linear = esp;
    return selector_is(ss, SELECTOR_RING1_DATA) || stack_linear_find(pv, ss, esp, linear);
}

static inline bool code_linear(const struct pv_vcpu *pv, uint32_t cs, uint32_t eip, uint32_t *linear)
{
    *linear = eip;
    return selector_is(cs, SELECTOR_RING1_CODE) || selector_is(cs, SELECTOR_RING3_CODE) ||
           code_linear_find(pv, cs, eip, linear);
}

/* The default size, 2 or 4 bytes, of code in `cs`; the base of what segment register `segment` (decode.h) holds now. */
unsigned code_size(const struct pv_vcpu *pv, uint32_t cs);
bool data_base(const struct pv_vcpu *pv, unsigned segment, uint32_t *base);

/*
 * Load an LDT of `entries` descriptors at guest address `base`; 0 entries: none. 0, -EINVAL (not on a page boundary,
 * too long, not mapped, a bad descriptor) or -ENOMEM; then the old one stays. All of it is checked now: Xen does it
 * page by page when it is touched, and bounces what is bad (abi.md 2.8).
 */
int32_t ldt_load(struct pv_vcpu *pv, uint32_t base, uint32_t entries);

/* Have the CPU read this vcpu's tables: for a vcpu that is about to run, or whose tables have changed while it did. */
void descriptor_tables_map(const struct pv_vcpu *pv);

/* No guest's tables any more. */
void descriptor_tables_unmap(void);

/* Give the copies back. The CPU must not be reading them any more. */
void descriptor_tables_free(struct pv_vcpu *pv);

#endif
