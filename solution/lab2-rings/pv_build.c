/*
 * Building and dismantling ring-1 guests (floor 2).
 *
 *      image -> pv_image_parse -> pv_layout_make -> pv_memory_allocate -> load -> pv_space_make -> pv_start_write
 *                   |                 |                  |                            pv_start_vcpu
 *                   +-----------------+------------------+--> a reason; pv_destroy() gives back what there is
 *
 * All that can be refused is refused before anything is written. Invariant: whatever has been taken is recorded in
 * pv_domain at once, so that pv_destroy() works from any point.
 */
#include "pv_build.h"
#include <stddef.h>
#include "descriptor_tables.h"
#include "isolation.h"
#include "paging.h"
#include "pv.h"
#include "pv_image.h"
#include "pv_layout.h"
#include "pv_memory.h"
#include "pv_space.h"
#include "pv_start.h"
#include "pv_switch.h"
#include "text.h"

PER_DOMAIN struct pv_domain pv_domain;

/*
 * Asked before floor 1: a kernel may have a multiboot header and Xen notes, and then it is more at home here.
 */
bool pv_recognise(const struct guest_image *guest)
{
    return pv_image_recognise(guest->bytes, guest->size);
}

/*
 * One vcpu and the page it shares with us. What cannot be had stays as it was. The vcpu's part is ours alone, in a
 * frame of its own: in the shared page the guest would rewrite it.
 */
static bool vcpu_make(struct domain *domain, struct pv_domain *pv)
{
    mfn_t frame = table_alloc();
    struct pv_vcpu *made;

    pv->shared = table_alloc();
    if (mfn_is_none(frame))
        return false;
    made = mfn_pointer(frame);
    made->vcpu = &domain->vcpu[0]; /* the way down, */
    made->owner = pv; /* sideways, */
    pv->vcpu[0] = made; /* and from the domain */
    if (mfn_is_none(pv->shared))
        return false;
    made->info = &((struct shared_info *)mfn_pointer(pv->shared))->vcpu_info[0];
    return true;
}

/*
 * `count` bytes from `from` to the guest's pseudo-physical `address`, a page at a time, for the frames lie anywhere.
 * The layout has been compared with the memory, so every page of the range is there: no check here could fail.
 */
static void memory_write(struct pv_domain *pv, uint32_t address, const uint8_t *from, uint32_t count)
{
    for (uint32_t part; count > 0; count -= part, from += part, address += part) {
        part = PAGE_SIZE - address % PAGE_SIZE;
        part = part < count ? part : count;
        memcpy((uint8_t *)pv_page(pv, address >> PAGE_SHIFT) + address % PAGE_SIZE, from, part);
    }
}

/* What a segment is longer in memory than in the file stays zero, as all memory is. */
static void segments_load(struct pv_domain *pv, const struct pv_image *image, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct pv_segment *segment = &image->segments[i];

        memory_write(pv, segment->address, bytes + segment->offset, segment->file_size);
    }
}

/* An empty symbol table is what a kernel gets that asks for one: its header and sections, and nothing in them. */
static void symbols_load(struct pv_domain *pv, const struct pv_image *image)
{
    uint8_t table[PV_SYMTAB_MAX];

    if (!image->wants_symtab)
        return;
    pv_symtab_write(image, table);
    memory_write(pv, image->symtab - image->virt_base, table, pv_symtab_size(image));
}

/*
 * In this order because of what each step needs: the layout needs the kernel's end, the tables the layout and the
 * frames, the start page all of them. The hypercall page is written after the segments, over whatever the file has
 * there. On a refusal the caller destroys the domain, and pv_destroy() below gives back what there is.
 */
const char *pv_build(struct domain *domain, const struct guest_image *guest)
{
    struct pv_domain *pv = domain_data(domain, pv_domain);
    struct pv_image image;
    struct pv_layout layout;
    const char *reason = pv_image_parse(guest->bytes, guest->size, &image);

    if (reason == NULL)
        reason = pv_layout_make(&image, guest->memory / PAGE_SIZE, guest->module_size, &layout);
    if (reason != NULL)
        return reason;
    pv->domain = domain; /* from here on there is something to be given back */
    if (!vcpu_make(domain, pv) || !pv_memory_allocate(pv, layout.pages))
        return "not enough memory is left for it; give it less with mem= or start QEMU with a larger -m";
    segments_load(pv, &image, guest->bytes); /* the kernel */
    symbols_load(pv, &image); /* behind it, if it wants them */
    pv_space_make(pv, pv->vcpu[0], &image, &layout); /* page tables */
    pv_start_write(pv, &image, &layout, guest); /* list, start_info, hypercall page, shared_info */
    pv_start_vcpu(pv->vcpu[0], &image, &layout); /* registers */
    domain->vcpu[0].cr3 = isolation_host_cr3(pointer_physical(pv->vcpu[0]->pdpt));
    return NULL;
}

/* Backwards. The CPU lets go first: its windows name frames that the next guest may get as its memory. */
void pv_destroy(struct domain *domain)
{
    struct pv_domain *pv = domain_data(domain, pv_domain);

    pv_switch_forget(domain); /* which also remembers who ran last of another kind */
    if (pv->domain == NULL)
        return;
    pv_memory_free(pv);
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (pv->vcpu[i] != NULL) {
            descriptor_tables_free(pv->vcpu[i]);
            frame_free(pointer_mfn(pv->vcpu[i]));
            pv->vcpu[i] = NULL;
        }
    if (!mfn_is_none(pv->shared))
        frame_free(pv->shared); /* no guest is left that has it mapped */
    pv->domain = NULL; /* a second call does nothing */
}
