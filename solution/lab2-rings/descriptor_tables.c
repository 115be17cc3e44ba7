/*
 * The guest's GDT and LDT (floor 2). Owns the copies and the windows of the gate area through which the CPU reads them.
 *
 *      guest's page     copy, in a frame of ours          gate area, read-only to everybody
 *      | descriptors | ---descriptor_check()---> | ... |  GATE_GDT + page * 4096, GATE_LDT + page * 4096
 *      the guest writes it, to no effect         set_gdt, update_descriptor and ldt_load write it
 *
 * Invariant: no descriptor that the CPU can see has not been through descriptor_check(), every page of every table
 * included; and none is ever half written, for a window is mapped only while its guest is not running. Xen types the
 * guest's own pages instead; then these copies are not needed (floor 3 adds the type, for what the interface promises).
 */
#include "descriptor_tables.h"
#include <stddef.h>
#include "bare_build.h"
#include "cpu.h"
#include "descriptor.h"
#include "errors.h"
#include "guest_copy.h"
#include "isolation.h"
#include "paging.h"
#include "pv_memory.h"
#include "pv_switch.h"
#include "text.h"
#include "trap.h"

#define DESCRIPTORS (PAGE_SIZE / 8) /* in a page */
#define SELECTOR_TI 4u              /* in the LDT */
#define SEGMENT_LDT 0x02            /* type of its descriptor (SDM vol. 3 table 3-2) */
#define SELECTOR_LDT_ENTRY 0xe048   /* in our page */

/* Stands where the guest has no page: all its descriptors are null, so a selector there is #GP and not a page fault. */
static uint8_t empty_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* The four segments that every guest has (abi.md 2.1): flat, but short. An LDT has entries of the same indices. */
static bool is_flat(uint32_t selector)
{
    uint32_t entry = selector & 0xfff8;

    return !(selector & SELECTOR_TI) && entry >= (SELECTOR_RING1_CODE & ~7u) && entry <= (SELECTOR_RING3_DATA & ~7u);
}

/*
 * What the CPU would load for this selector, from the same copies that it reads. The other selectors of our page are
 * behind the guest's 14, so for a guest they are not found: their DPL is 0, and it could not load them either.
 */
bool segment_find(const struct pv_vcpu *pv, uint32_t selector, struct segment *segment)
{
    const struct pv_table *table = selector & SELECTOR_TI ? &pv->ldt : &pv->gdt;
    uint32_t index = selector >> 3 & 0x1fff;

    if (is_flat(selector)) {
        unsigned ring = (selector & 0xfffc) < (SELECTOR_RING3_CODE & 0xfffc) ? 1 : 3;

        *segment = segment_unpack(descriptor_flat(ring, selector & 8)); /* 0xe018 and 0xe028 are code */
        return true;
    }
    if ((selector & 0xfffc) == 0 || index / DESCRIPTORS >= table->count)
        return false; /* null, or behind the end */
    *segment = segment_unpack(((const uint64_t *)mfn_pointer(table->copy[index / DESCRIPTORS]))[index % DESCRIPTORS]);
    return segment->access & SEGMENT_PRESENT;
}

bool stack_linear_find(const struct pv_vcpu *pv, uint32_t ss, uint32_t esp, uint32_t *linear)
{
    struct segment segment;

    if (!segment_find(pv, ss, &segment) || !segment_is_data(&segment) || !(segment.access & SEGMENT_DATA))
        return false;
    *linear = segment.base + (segment.is_32bit ? esp : esp & 0xffff); /* B clear: the CPU uses SP */
    return true;
}

/* Of the instruction that trapped: CS was loaded once, but its descriptor may have been taken away since. */
bool code_linear_find(const struct pv_vcpu *pv, uint32_t cs, uint32_t eip, uint32_t *linear)
{
    struct segment segment;

    if (!segment_find(pv, cs, &segment) || !segment_is_code(&segment))
        return false;
    *linear = segment.base + eip;
    return true;
}

/* D of the descriptor. What cannot be found counts as 32-bit: the fetch that follows will find out (pv_emulate.c). */
unsigned code_size(const struct pv_vcpu *pv, uint32_t cs)
{
    struct segment segment;

    if (selector_is(cs, SELECTOR_RING1_CODE) || selector_is(cs, SELECTOR_RING3_CODE))
        return 4;
    return segment_find(pv, cs, &segment) && !segment.is_32bit ? 2 : 4;
}

/* False for a null selector too: the CPU would not have got as far as using it. */
bool data_base(const struct pv_vcpu *pv, unsigned segment, uint32_t *base)
{
    const struct trap_frame *frame = pv->vcpu->frame;
    const uint32_t selectors[] = { frame->es, frame->cs, frame->ss, frame->ds, frame->fs, frame->gs };
    struct segment found;

    if (!segment_find(pv, selectors[segment], &found))
        return false;
    *base = found.base;
    return true;
}

/* A copy of `count` descriptors from the guest's frame, each checked; the rest of the page is null. */
static int32_t page_copy(mfn_t source, uint32_t count, mfn_t *copy)
{
    mfn_t page = table_alloc();
    uint64_t *to;

    if (mfn_is_none(page))
        return -ENOMEM;
    to = mfn_pointer(page);
    memcpy(to, mfn_pointer(source), count * 8);
    for (uint32_t i = 0; i < count; i++)
        if (!descriptor_check(&to[i])) {
            frame_free(page);
            return -EINVAL;
        }
    *copy = page; /* the caller's now */
    return 0;
}

/* The copies are ours; the guest's own pages were never more than looked at. */
static void table_free(const struct pv_domain *owner, struct pv_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        frame_free(table->copy[i]);
        pv_frame_rules->segments_put(owner, table->source[i].number);
    }
    table->count = 0; /* the list of frames behind it means nothing now */
}

/* The windows must not show them any more: pv_switch_forget() comes before. */
void descriptor_tables_free(struct pv_vcpu *pv)
{
    table_free(pv->owner, &pv->gdt); /* either may be empty */
    table_free(pv->owner, &pv->ldt);
}

/* All of the new table is there and checked: now, and not before, the old one goes. */
static void table_replace(struct pv_vcpu *pv, struct pv_table *table, const struct pv_table *fresh)
{
    fs_gs_clear();
    table_free(pv->owner, table);
    *table = *fresh;
    pv_switch_again(pv);
}

/*
 * Add one page to a table that is being made; what has been made so far is undone when it does not work. So a caller
 * that gets an error has nothing to give back, and the table in use has not been touched.
 */
static int32_t table_add(const struct pv_domain *owner, struct pv_table *table, mfn_t source, uint32_t count)
{
    int32_t error = pv_frame_rules->segments_get(owner, source.number);

    if (error == 0) {
        error = page_copy(source, count, &table->copy[table->count]);
        if (error != 0)
            pv_frame_rules->segments_put(owner, source.number);
    }
    if (error != 0) {
        table_free(owner, table);
        return error == -ENOMEM ? error : -EINVAL;
    }
    table->source[table->count++] = source;
    return 0;
}

/*
 * Every page is looked at, not the first one once for each: that mistake is in Xen 1.0. The whole page counts, not only
 * `entries` of it, because the CPU's limit is that of all 15 pages (abi.md 2.1).
 */
static int32_t set_gdt(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    uint32_t list[PV_GDT_PAGES], count = (args[1] + DESCRIPTORS - 1) / DESCRIPTORS;
    struct pv_table fresh = { 0 };

    if (args[1] > FIRST_RESERVED_GDT_ENTRY)
        return -EINVAL;
    if (copy_from_guest(pv, list, args[0], count * sizeof(list[0])) != 0)
        return -EFAULT;
    pv->call_was_long = count != 0; /* up to 7168 descriptors are checked */
    for (uint32_t i = 0; i < count; i++) {
        if (!pv_owns(pv_of(vcpu->domain), list[i])) {
            table_free(pv->owner, &fresh);
            return -EINVAL;
        }
        int32_t error = table_add(pv->owner, &fresh, (mfn_t){ list[i] }, DESCRIPTORS);
        if (error != 0)
            return error;
    }
    table_replace(pv, &pv->gdt, &fresh);
    return 0;
}
HYPERCALL(HYPERCALL_SET_GDT, set_gdt);

/*
 * Only `entries` count here, for the limit of an LDT is its own. Its pages are found like any other guest memory: a
 * base or a page in the hypervisor's part is not (guest_copy.h).
 */
int32_t ldt_load(struct pv_vcpu *pv, uint32_t base, uint32_t entries)
{
    struct pv_table fresh = { 0 };

    if (entries > PV_LDT_PAGES * DESCRIPTORS || base % PAGE_SIZE != 0)
        return -EINVAL;
    pv->call_was_long = entries != 0;
    for (uint32_t done = 0; done < entries; done += DESCRIPTORS) {
        void *page = guest_pointer(pv, base + done * 8, false);
        uint32_t rest = entries - done < DESCRIPTORS ? entries - done : DESCRIPTORS;

        if (page == NULL || base + done * 8 < base) {
            table_free(pv->owner, &fresh);
            return -EINVAL;
        }
        int32_t error = table_add(pv->owner, &fresh, pointer_mfn(page), rest);
        if (error != 0)
            return error;
    }
    table_replace(pv, &pv->ldt, &fresh);
    pv->ldt_entries = entries;
    return 0;
}

/*
 * The same descriptor in every copy of that frame, which may stand in a table more than once. 64 bits at once: no other
 * CPU is there to see half of it.
 */
static void copies_update(struct pv_table *table, uint32_t mfn, uint32_t index, uint64_t descriptor)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (table->source[i].number == mfn)
            ((uint64_t *)mfn_pointer(table->copy[i]))[index] = descriptor;
}

/*
 * The address is the machine's, so the frame can be any: it must be the caller's own, and one that it could write
 * itself. A descriptor that is not present may have any bits at all, and would make a fine page-table entry.
 */
static int32_t update_descriptor(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_domain *pv = pv_of(vcpu->domain);
    uint32_t mfn = args[0] >> PAGE_SHIFT, index = args[0] % PAGE_SIZE / 8;
    uint64_t descriptor = (uint64_t)args[3] << 32 | args[2];

    if (args[1] != 0 || args[0] % 8 != 0 || !pv_may_write(pv, mfn) || !descriptor_check(&descriptor))
        return -EINVAL;
    fs_gs_clear(); /* it may be theirs */
    ((uint64_t *)mfn_pointer((mfn_t){ mfn }))[index] = descriptor;
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (pv->vcpu[i] != NULL) {
            copies_update(&pv->vcpu[i]->gdt, mfn, index, descriptor);
            copies_update(&pv->vcpu[i]->ldt, mfn, index, descriptor);
        }
    return 0;
}
HYPERCALL(HYPERCALL_UPDATE_DESCRIPTOR, update_descriptor);

/*
 * LLDT reads the descriptor at once; the null selector means no LDT, and any selector into one is #GP with its error
 * code (abi.md 2.8). An LDT that stayed loaded, with a base of 0 perhaps, would let it read memory as descriptors.
 */
static void ldt_register_load(const struct pv_vcpu *pv)
{
    struct segment segment = { GATE_LDT, pv->ldt_entries * 8 - 1, SEGMENT_PRESENT | SEGMENT_LDT, false };
    uint16_t selector = pv->ldt.count != 0 ? SELECTOR_LDT_ENTRY : 0;

    if (selector != 0)
        segments_descriptor_set(SELECTOR_LDT_ENTRY, segment_pack(&segment));
    segments_ldt_load(selector);
}

/*
 * Each page of both windows, and the four flat segments. FS and GS go first: they may hold selectors of the guest that
 * ran before, and an interrupt in ring 0 would load them again from these tables (fs_gs_clear).
 */
void descriptor_tables_map(const struct pv_vcpu *pv)
{
    fs_gs_clear();
    for (uint32_t i = 0; i < PV_GDT_PAGES; i++)
        isolation_map_window(GATE_GDT + i * PAGE_SIZE, i < pv->gdt.count ? pv->gdt.copy[i] : pointer_mfn(empty_page));
    /* All of them: a table that was here before, perhaps another guest's, may have been longer. */
    for (uint32_t i = 0; i < PV_LDT_PAGES; i++)
        isolation_map_window(GATE_LDT + i * PAGE_SIZE, i < pv->ldt.count ? pv->ldt.copy[i] : MFN_NONE);
    ldt_register_load(pv);
    for (unsigned ring = 1; ring <= 3; ring += 2) {
        uint16_t code = ring == 1 ? SELECTOR_RING1_CODE : SELECTOR_RING3_CODE;

        segments_descriptor_set(code, descriptor_flat(ring, true));
        segments_descriptor_set(code + 8, descriptor_flat(ring, false));
    }
}

/* A bare guest must not find these: on a machine of its own its GDT would end before them. */
void descriptor_tables_unmap(void)
{
    fs_gs_clear();
    for (uint32_t i = 0; i < PV_GDT_PAGES; i++)
        isolation_map_window(GATE_GDT + i * PAGE_SIZE, MFN_NONE);
    for (uint32_t i = 0; i < PV_LDT_PAGES; i++)
        isolation_map_window(GATE_LDT + i * PAGE_SIZE, MFN_NONE);
    segments_ldt_load(0);
    bare_shadow_forget();
    for (uint16_t selector = SELECTOR_RING1_CODE; selector <= SELECTOR_RING3_DATA; selector += 8)
        segments_descriptor_set(selector, 0);
}
