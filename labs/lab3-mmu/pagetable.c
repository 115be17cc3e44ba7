/*
 * Validated page tables (floor 3). Owns no state: entries are in the guests' frames, counts in the frame table.
 *
 *      table      entries   may name                     reference taken         refused
 *      L1         512       own frames, shared page      RW: type WRITABLE       PS/PAT, PCD, PWT, bits above 31
 *                                                        else: plain
 *      L2         512       own L1                       type L1                 large pages as well
 *      L2_TOP     0-427     own L1                       type L1                 428-511 are ours, installed here
 *      L3         4         own L2; slot 3: L2_TOP       type L2, L2_TOP         slot 3 absent
 *
 * Bits that an entry does not need are refused and not ignored: a bit that means nothing today may mean something on
 * another CPU. RW, U, A and D of an L3 entry are the exception: the CPU refuses them, guests set them, and the L3 that
 * is loaded is a copy without them (abi.md 3.3).
 *
 * A tree is validated from its root: the reference to an L3 asks for its L2s' types, that for their L1s', and so on. So
 * the depth of the recursion is that of the tables, three, however a guest ties them together; and since each table
 * names only the level below, none can name itself with a type. Read-only mappings of tables are no such reference.
 *
 *      frame_get_type(L3) -> pagetable_validate(L3) -> frame_get_type(L2) -> pagetable_validate(L2) -> ... plain pages
 */
#include "pagetable.h"
#include <stddef.h>
#include "descriptor.h"
#include "errors.h"
#include "exercise.h"
#include "isolation.h"
#include "layout.h"
#include "paging.h"

#define ENTRY_AD    0x060ull /* accessed, dirty */
#define ENTRY_FREE  0xe00ull /* for the guest's own use */
#define ENTRY_FLAGS (PTE_PRESENT | PTE_WRITABLE | PTE_USER | ENTRY_AD | ENTRY_FREE)
#define ENTRY_GLOBAL 0x100ull /* of an L1: stays in the TLB; CR4.PGE is off, so it does nothing */
#define ADDRESS_32  0xfffff000ull /* no frame of ours lies above 4 GiB */
#define TOP_SLOT    3u
#define TOP_FIRST   428u /* the hypervisor's part of the top L2 begins at 0xf5800000 */

/* Through the direct map, where we can write what the guest can only read. */
static inline uint64_t *table_entries(uint32_t mfn)
{
    return mfn_pointer((mfn_t){ mfn });
}

/* Of an entry whose flags are allowed: bits above 31 are not set. */
static inline uint32_t entry_frame(uint64_t entry)
{
    return (uint32_t)entry >> PAGE_SHIFT;
}

/* How many entries of a table count: are looked at by the CPU, and come from the guest. */
static inline uint32_t entries_of(enum frame_type type)
{
    return type == FRAME_L3 ? L3_ENTRIES : type == FRAME_L2_TOP ? TOP_FIRST : TABLE_ENTRIES;
}

/* What the entries of a table name, by its own type. L1 entries name anything. */
static inline enum frame_type below(enum frame_type type, uint32_t index)
{
    if (type == FRAME_L3)
        return index == TOP_SLOT ? FRAME_L2_TOP : FRAME_L2;
    return FRAME_L1;
}

/*
 * Exercise 3.2: only bits that mean something, and mean what the guest may have: ENTRY_FLAGS and a frame's address
 * (ADDRESS_32), in an L1 also ENTRY_GLOBAL. All others, large pages among them, are refused.
 */
static inline bool flags_are_allowed(enum frame_type type, uint64_t entry)
{
    (void)type, (void)entry;
    EXERCISE("3.2");
}

/*
 * Exercise 3.2: the reference that a present L1 entry stands for: with the right to write one of type FRAME_WRITABLE,
 * otherwise a plain one.
 */
static inline int32_t page_get(uint64_t entry, uint16_t owner)
{
    (void)entry, (void)owner, (void)entry_frame;
    EXERCISE("3.2");
}

/*
 * Exercise 3.3: take what a new entry of a table of `type` refers to. One that is not present refers to nothing,
 * whatever its other bits; but slot TOP_SLOT of an L3 must be present (-EINVAL). Bad flags are -EINVAL. Then, for an
 * L1, page_get(); for the others a reference of the type that is one level below().
 */
static inline int32_t entry_get(enum frame_type type, uint32_t index, uint64_t entry, uint16_t owner)
{
    (void)type, (void)index, (void)entry, (void)owner, (void)below, (void)flags_are_allowed, (void)page_get;
    EXERCISE("3.3");
}

/* Exercise 3.3: drop exactly what entry_get() has taken for this entry. */
static inline void entry_put(enum frame_type type, uint64_t entry)
{
    (void)type, (void)entry;
    EXERCISE("3.3");
}

/*
 * Each descriptor of a page; what is to be stored differs in bits that only say what the CPU would say anyway. The page
 * itself stays as it is: the CPU reads copies, which floor 2 makes in the form that is to be stored.
 */
static int32_t segments_validate(uint32_t mfn)
{
    uint64_t *descriptors = table_entries(mfn), checked;

    for (uint32_t i = 0; i < TABLE_ENTRIES; i++) {
        checked = descriptors[i];
        if (!descriptor_check(&checked))
            return -EINVAL;
    }
    return 0;
}

/*
 * Exercise 3.3: one pass over entries_of(type) entries with entry_get(); at the first error drop what has been taken,
 * and return it. When all is well, an L2_TOP gets the hypervisor's entries (isolation_fill_top()). A page of
 * descriptors is for segments_validate().
 */
int32_t pagetable_validate(uint32_t mfn, uint16_t owner, enum frame_type type)
{
    (void)mfn, (void)owner, (void)type, (void)segments_validate, (void)entry_get, (void)entry_put;
    EXERCISE("3.3");
}

/*
 * The reverse. It goes by the entries as they are: they have not changed since, but for those that pagetable_update()
 * has changed and counted, and the A and D bits that the CPU sets, which mean no reference. The hypervisor's entries of
 * a top L2 go too: what is left must be a plain page of the guest's.
 */
void pagetable_invalidate(uint32_t mfn, enum frame_type type)
{
    uint64_t *entries = table_entries(mfn);

    if (type == FRAME_SEGMENTS)
        return;
    for (uint32_t i = 0; i < entries_of(type); i++)
        entry_put(type, entries[i]);
    if (type == FRAME_L2_TOP)
        for (uint32_t i = TOP_FIRST; i < TABLE_ENTRIES; i++)
            entries[i] = 0;
}

/* The same frame with the same right: nothing is taken and nothing dropped. All of that is in the low halves. */
static inline bool is_same_reference(enum frame_type type, uint32_t old, uint32_t entry)
{
    uint32_t matters = PTE_PRESENT | (uint32_t)ADDRESS_32 | (type == FRAME_L1 ? PTE_WRITABLE : 0);

    return (old & PTE_PRESENT) && ((old ^ entry) & matters) == 0;
}

/*
 * Where an entry may not be written at all: over the hypervisor's own, and over the slot that leads to them. Behind an
 * L3's four entries there is nothing that the CPU looks at.
 */
static inline int32_t place_check(enum frame_type type, uint32_t index)
{
    if (type == FRAME_L2_TOP && index >= TOP_FIRST)
        return -EPERM;
    if (type == FRAME_L3 && index == TOP_SLOT)
        return -EINVAL;
    return 0;
}

/*
 * Exercise 3.4: replace entry `index` of a table of `type`, which lies at `place`. In this order: place_check(). Behind
 * the entries that count (entries_of()) anything may be written. An entry with the same reference as the old one
 * (is_same_reference()) needs its flags checked, and no counting. Otherwise the new entry's reference is taken, the
 * entry written, and only then the old one's dropped: the other order would let the frame go in between.
 */
static inline __attribute__((always_inline)) int32_t entry_update(enum frame_type type, uint32_t index,
                                                                  uint64_t *place, uint64_t entry, uint16_t owner)
{
    (void)type, (void)index, (void)place, (void)entry, (void)owner;
    (void)place_check, (void)is_same_reference, (void)entry_get, (void)entry_put, (void)flags_are_allowed;
    EXERCISE("3.4");
}

/* Nearly all entries that are ever changed are an L1's: here the rules of the other tables are compiled out. */
int32_t pagetable_update_l1(uint64_t *place, uint64_t entry, uint16_t owner)
{
    return entry_update(FRAME_L1, 0, place, entry, owner);
}

/* A table of any kind. Its type cannot change on the way: the frame has the references that made it a table. */
int32_t pagetable_update(const struct frame *frame, uint64_t *place, uint64_t entry)
{
    uint32_t index = (uintptr_t)place % PAGE_SIZE / sizeof(*place);

    if (frame->type == FRAME_L1)
        return pagetable_update_l1(place, entry, frame->owner);
    return entry_update((enum frame_type)frame->type, index, place, entry, frame->owner);
}
