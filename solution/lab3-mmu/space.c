/*
 * Address spaces of ring-1 guests under validation (floor 3). Owns no state of its own: it keeps the frame table and
 * floor 2's structures in step.
 *
 * Invariants: the L3 that a vcpu names as its base has a type reference for that; its private copy (pdpt) has the same
 * four tables; all frames of a domain are in the frame table from before its first instruction until after its last.
 *
 *      vcpu                      guest's frames, which it can read
 *      base --type reference-->  L3 | e0 e1 e2 e3 | anything
 *      pdpt | p0 p1 p2 p3 |           |        +--> L2_TOP  | 0..427 the guest's | 428..511 ours |
 *        ^                            +-----------> L2
 *       CR3                      pN = eN without the bits that the CPU reserves: RW, U, A, D (SDM vol. 3 table 4-8)
 *
 * Why a copy: guests set those bits, the CPU would refuse them; and the CPU reads the four when CR3 is loaded, so that
 * the moment when a change counts is ours to choose.
 */
#include "space.h"
#include <stddef.h>
#include "cpu.h"
#include "descriptor_tables.h"
#include "errors.h"
#include "exercise.h"
#include "frame.h"
#include "isolation.h"
#include "paging.h"
#include "panic.h"
#include "pv_build.h"
#include "pv_switch.h"
#include "trap.h"

/* All bits but these are reserved in the real one, or (PWT, PCD) not the guest's to choose. */
static uint64_t pdpt_entry(uint64_t entry)
{
    return entry & PTE_PRESENT ? (entry & 0xfffff000u) | PTE_PRESENT : 0;
}

/*
 * All four at once, from a table that has just got its type: the guest cannot change it under our hands, and what the
 * four name has been validated with it.
 */
static void pdpt_fill(struct pv_vcpu *pv, uint32_t mfn)
{
    const uint64_t *l3 = mfn_pointer((mfn_t){ mfn });

    for (uint32_t i = 0; i < L3_ENTRIES; i++)
        pv->pdpt[i] = pdpt_entry(l3[i]);
}

/*
 * In paging mode each way out loads CR3, and with it all of this; else it is done here. The whole TLB: which entries
 * are out of date is known to nobody, for a frame may be mapped anywhere.
 */
void space_flush(void)
{
    if (frame_tlb_is_stale && !isolation_is_paging())
        cr3_write(cr3_read());
    frame_tlb_is_stale = false;
}

/*
 * Exercise 3.6: the reference first (FRAME_L3): a base that is refused leaves the old one in place. Then the vcpu's
 * base and its private copy (pdpt_fill()); and the TLB is flushed before the old tables lose their reference, for until
 * then they may be loaded.
 */
int32_t space_switch(struct pv_vcpu *pv, uint32_t mfn)
{
#ifdef SOLUTION
    uint32_t old = pv->base.number;
    int32_t error = frame_get_type(mfn, space_owner(pv->vcpu->domain), FRAME_L3);

    if (error != 0)
        return error;
    pv->base = (mfn_t){ mfn };
    pdpt_fill(pv, mfn);
    frame_tlb_is_stale = true;
    space_flush(); /* before the old tables go: they may be loaded */
    frame_put_type(old);
    return 0;
#else
    (void)pv, (void)mfn, (void)pdpt_fill;
    EXERCISE("3.6");
#endif
}

/* Any vcpu may run on any L3 of its domain, and several on the same one. One that runs on none yet has no base. */
void space_slot_changed(struct pv_domain *pv, uint32_t mfn, uint32_t index, uint64_t entry)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (pv->vcpu[i] != NULL && pv->vcpu[i]->base.number == mfn)
            pv->vcpu[i]->pdpt[index] = pdpt_entry(entry);
    frame_tlb_is_stale = true; /* the CPU keeps a copy of the four, too (SDM vol. 3 section 4.4.1) */
}

/*
 * Pinned, as the interface promises for the first tables; and the base's own reference. They go through the same
 * validation as any guest's: a builder that maps a table writable would be found out here, at the first boot.
 */
static const char *tables_adopt(struct domain *domain, struct pv_domain *pv)
{
    uint32_t base = pv->vcpu[0]->base.number;

    if (frame_get_type(base, space_owner(domain), FRAME_L3) != 0 ||
        frame_get_type(base, space_owner(domain), FRAME_L3) != 0)
        panic("space: the builder's own tables are refused");
    frame_find(base)->flags |= FRAME_PINNED; /* which the guest may take off, once it has tables of its own */
    return NULL;
}

/* NULL or the reason for refusing the guest. When floor 2 refuses it, no frame of it is in the frame table. */
const char *space_build(struct domain *domain, const struct guest_image *guest)
{
    const char *reason = pv_build(domain, guest);
    struct pv_domain *pv = domain_data(domain, pv_domain);

    if (reason != NULL)
        return reason;
    *domain_data(domain, frames_held) = pv->frame_count;
    for (uint32_t pfn = 0; pfn < pv->frame_count; pfn++)
        frame_give(pv->frames[pfn].number, space_owner(domain), pfn, 0);
    frame_give(pv->shared.number, space_owner(domain), 0, FRAME_SHARED);
    return tables_adopt(domain, pv);
}

/* A pin is a reference that only its flag knows of. Also on frames that the guest has given back already. */
static void pin_drop(uint32_t mfn)
{
    struct frame *frame = frame_find(mfn);

    if (frame == NULL || !(frame->flags & FRAME_PINNED))
        return;
    frame->flags &= (uint8_t)~FRAME_PINNED;
    frame_put_type(mfn);
}

/*
 * Each vcpu's base and tables of descriptors: what refers to frames without being in a frame. The CPU has left them
 * before (pv_switch_forget()): what is freed here may be written by its next owner at once.
 */
static void vcpus_drop(struct pv_domain *pv)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (pv->vcpu[i] != NULL) {
            descriptor_tables_free(pv->vcpu[i]);
            if (!mfn_is_none(pv->vcpu[i]->base))
                frame_put_type(pv->vcpu[i]->base.number);
            pv->vcpu[i]->base = MFN_NONE;
        }
}

/*
 * Every reference is dropped by whoever holds it: vcpus, pins, and through them tables and mappings. Types have no
 * circles (each level names the one below), so this comes to an end with no type left, whatever the guest has made.
 * What is left of each frame then is that it was given: a frame with more has a count that is wrong, and that is our
 * bug. Frames that were given back are nobody's by now: the last who held them has let go.
 */
void space_destroy(struct domain *domain)
{
    struct pv_domain *pv = pv_of(domain);

    if (pv == NULL || frame_find(pv->shared.number) == NULL)
        return; /* not built, or not so far */
    pv_switch_forget(domain);
    vcpus_drop(pv);
    for (uint32_t i = 0; i < FRAMES_MAX; i++)
        if (frame_is_owned(frame_find(i), space_owner(domain)))
            pin_drop(i);
    for (uint32_t pfn = 0; pfn < pv->frame_count; pfn++) {
        uint32_t mfn = pv->frames[pfn].number;

        if (mfn_is_none(pv->frames[pfn]))
            continue; /* given back */
        ASSERT(frame_find(mfn)->count == 1);
        pv->frames[pfn] = MFN_NONE;
        frame_put(mfn);
    }
    ASSERT(frame_find(pv->shared.number)->count == 1);
    frame_put(pv->shared.number);
}
