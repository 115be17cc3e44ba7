/*
 * The memory of a ring-1 guest (floor 2). Owns the list pfn -> frame of each domain; the guest has a copy (mfn_list),
 * which it may change at will, since nobody reads it back. Invariant: for every frame of a domain, list and M2P point
 * at each other, so a frame has one owner at most.
 *
 * The frames are taken so that they do not follow each other in the machine. A guest, or a line of ours, that takes a
 * pfn for an mfn then fails at once and not on the first crowded day.
 */
#include "pv_memory.h"
#include <stddef.h>
#include "errors.h"
#include "m2p.h"
#include "paging.h"
#include "text.h"

/*
 * The list may be longer than a page, and is indexed as one array: it lies in consecutive frames. That is the one thing
 * of a guest's that must be machine-contiguous, and the first to fail when memory is in pieces.
 */
static bool list_allocate(struct pv_domain *pv, uint32_t count)
{
    mfn_t first;

    pv->array_frames = (count * sizeof(mfn_t) + PAGE_SIZE - 1) / PAGE_SIZE;
    first = frame_alloc_range(pv->array_frames);
    if (mfn_is_none(first))
        return false;
    pv->frames = mfn_pointer(first);
    return true;
}

/*
 * From the last page down: neighbours in the one order are not neighbours in the other. All are zeroed (table_alloc):
 * what was in them belonged to somebody else, perhaps to a guest that ended a moment ago. The list is filled with
 * MFN_NONE first, so that pv_memory_free() works after a failure in the middle.
 */
bool pv_memory_allocate(struct pv_domain *pv, uint32_t count)
{
    if (!list_allocate(pv, count))
        return false;
    pv->frame_count = count; /* before the first is taken: pv_memory_free() goes by it */
    for (uint32_t pfn = 0; pfn < count; pfn++)
        pv->frames[pfn] = MFN_NONE; /* not there yet */
    for (uint32_t pfn = count; pfn-- > 0;) {
        mfn_t frame = table_alloc();

        if (mfn_is_none(frame))
            return false;
        pv->frames[pfn] = frame;
        m2p_set(frame, pfn); /* now, and not before, it is the guest's */
    }
    return true;
}

/* The M2P goes first: between the two a frame that is free must not name an owner. */
void pv_memory_free(struct pv_domain *pv)
{
    if (pv->frames == NULL)
        return;
    for (uint32_t pfn = 0; pfn < pv->frame_count; pfn++)
        if (!mfn_is_none(pv->frames[pfn])) {
            m2p_set(pv->frames[pfn], M2P_INVALID);
            frame_free(pv->frames[pfn]);
        }
    frame_free_range(pointer_mfn(pv->frames), pv->array_frames);
    pv->frames = NULL; /* which also says that this is no ring-1 guest any more */
}

/*
 * The M2P says which page of its owner it is; that page must be this domain's, and this frame. For a frame of another
 * domain the first number may be in range by chance; the second then names another frame.
 */
static bool owns_by_list(const struct pv_domain *pv, uint32_t mfn)
{
    uint32_t pfn = m2p_get(mfn);

    return pfn < pv->frame_count && pv->frames[pfn].number == mfn;
}

/*
 * Until floor 3 knows about types, the tables are those that the builder has made, and they never change. A right to
 * write one of them, by whatever call, is the right to map any frame of the machine.
 */
static bool may_write_by_place(const struct pv_domain *pv, uint32_t mfn)
{
    uint32_t pfn = m2p_get(mfn);

    return owns_by_list(pv, mfn) && (pfn < pv->table_first || pfn >= pv->table_first + pv->table_count);
}

/* Here a frame holds what the guest says it holds: the CPU reads copies. */
static int32_t segments_get_any(const struct pv_domain *pv, uint32_t mfn)
{
    return owns_by_list(pv, mfn) ? 0 : -EINVAL;
}

static void segments_put_any(const struct pv_domain *pv, uint32_t mfn)
{
    (void)pv, (void)mfn;
}

static const struct pv_frame_rules by_place = { owns_by_list, may_write_by_place, segments_get_any, segments_put_any };

const struct pv_frame_rules *pv_frame_rules = &by_place;

bool pv_owns(const struct pv_domain *pv, uint32_t mfn)
{
    return pv_frame_rules->owns(pv, mfn);
}

bool pv_may_write(const struct pv_domain *pv, uint32_t mfn)
{
    return pv_frame_rules->may_write(pv, mfn);
}

/* Through our own list, never the guest's copy of it: that one it can change. */
void *pv_page(const struct pv_domain *pv, uint32_t pfn)
{
    return mfn_pointer(pv->frames[pfn]);
}
