/* One random operation on page tables. Entries are mostly of the pool, with random rights; some are of the kernel's
   tables, of the hypervisor, of nobody, or noise. Rule: no present entry names another frame of the
   kernel's own, and none of the kernel's mappings but the pool's places is ever changed. */
#include "fuzz.h"

#include "test.h"

#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
#define BATCH           6
#define FRAMES          0x8000

static const volatile uint32_t *const m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;

static uint64_t random_long(void)
{
    return (uint64_t)(random_below(1 << 22) << 10 ^ random_below(1 << 22)) << 32 | random_below(1 << 22) << 10 |
           random_below(1 << 10);
}

static struct pool_page *page_any(void)
{
    return &pool[random_below(POOL)];
}

/* The initial tables and the spaces': read-only for ever. */
static const uint64_t *table_any(void)
{
    if (random_below(3) == 0)
        return spaces[random_below(SPACES + 1)];
    return (const uint64_t *)(start_info->pt_base + random_below(start_info->nr_pt_frames) * PAGE_SIZE);
}

/* A table that an entry may name, or a copy may be made of: one through which the kernel's L1s cannot be reached. */
static const uint64_t *table_nameable(void)
{
    return random_below(3) == 0 ? spaces[random_below(SPACES + 1)] : decoys[random_below(2)];
}

/* Of nobody that has a machine-to-physical entry: the hypervisor, the bare neighbour, no memory. */
static uint32_t mfn_foreign(void)
{
    uint32_t mfn = random_below(4) == 0 ? FRAMES + random_below(0x400000) : random_below(FRAMES);

    return mfn >= FRAMES || m2p[mfn] == 0xFFFFFFFF ? mfn : random_below(0x200);
}

static uint32_t mfn_any(void)
{
    switch (random_below(12)) {
    case 0:
        return frame_of(table_any());
    case 1:
        return mfn_foreign();
    default:
        return page_any()->mfn;
    }
}

static uint32_t mfn_nameable(void)
{
    switch (random_below(8)) {
    case 0:
        return frame_of(decoys[random_below(2)]);
    case 1:
        return mfn_foreign();
    default:
        return page_any()->mfn;
    }
}

/* Of the pool. Frames that it has lost are found in the M2P as ours, and so count as the kernel's. */
static bool is_pool(uint32_t mfn)
{
    for (unsigned i = 0; i < POOL; i++)
        if (pool[i].mfn == mfn)
            return true;
    return false;
}

/* Rule: see above; and a table of the kernel's is not to be reached from another place. shared_info, which is written
   for us, is not to be filled with noise. */
static uint64_t made_harmless(uint64_t entry)
{
    uint64_t mfn = (entry & ADDRESS_BITS) / PAGE_SIZE;

    if (!(entry & PAGE_PRESENT) || mfn >= FRAMES || is_pool((uint32_t)mfn))
        return entry;
    if (mfn == start_info->shared_info / PAGE_SIZE)
        return entry & ~(uint64_t)PAGE_WRITE;
    return m2p[mfn] != 0xFFFFFFFF ? entry & ~(uint64_t)PAGE_PRESENT : entry;
}

static uint64_t entry_any(void)
{
    static const uint32_t rights[] = { 0, RIGHTS_L3, RIGHTS_READ, RIGHTS_ALL, RIGHTS_ALL, 3, 5, 7, 0x23, 0x67, 0xE01,
                                       0x101 };
    uint32_t chosen = rights[random_below(COUNT(rights))];

    switch (random_below(16)) {
    case 0:
        return made_harmless(random_long());
    case 1:
        return made_harmless(entry_frame(mfn_nameable(), chosen) | 1ull << random_below(64));
    case 2:
        return entry_of(table_nameable(), chosen);  /* with the right to write, it must be refused */
    case 3:
        return entry_frame(mfn_foreign(), chosen);
    case 4:
        return 0;
    case 5:
        return made_harmless(start_info->shared_info | chosen);
    default:
        return entry_frame(page_any()->mfn, chosen);
    }
}

/* Small indices meet more often than large ones. */
static unsigned index_any(void)
{
    return random_below(4) == 0 ? random_below(TABLE_ENTRIES) : random_below(5);
}

/* In slots 1 and 2, and, to be refused, anywhere above. */
static uint32_t address_any(void)
{
    switch (random_below(8)) {
    case 0:
        return HYPERVISOR_VIRT_START + random_below(0xA80000) * 16;
    case 1: case 2: case 3:
        return (uint32_t)page_any()->place;
    default:
        return (1 + random_below(2)) * SLOT_SIZE + index_any() * 0x200000 + index_any() * PAGE_SIZE;
    }
}

/* Machine address of an entry: of the pool, of the L2s of slots 1 and 2, of slots 1 to 3 of an L3, of the hypervisor's
   slots, of nobody. */
static uint64_t pointer_any(void)
{
    switch (random_below(12)) {
    case 0: case 1:
        return machine_address(&table_l2(1 + random_below(2))[index_any()]);
    case 2:
        return machine_address(&spaces[random_below(SPACES + 1)][1 + random_below(3)]);
    case 3:
        return machine_address(&table_l2(TOP_SLOT)[TOP_FIRST + random_below(TABLE_ENTRIES - TOP_FIRST)]);
    case 4:
        return (uint64_t)mfn_foreign() * PAGE_SIZE + random_below(512) * 8;
    default:
        return (uint64_t)page_any()->mfn * PAGE_SIZE + index_any() * 8;
    }
}

static int32_t update(void)
{
    struct mmu_update list[BATCH];
    uint32_t count = 1 + random_below(BATCH), done;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = random_below(16);

        list[i].ptr = pointer_any() | (kind < 2 ? MMU_PT_UPDATE_PRESERVE_AD : kind == 2 ? 3 : MMU_NORMAL_PT_UPDATE);
        list[i].val = entry_any();
    }
    return hypercall_mmu_update(list, count, random_below(2) ? &done : NULL);
}

static int32_t map(void)
{
    return hypercall_update_va_mapping(address_any(), entry_any(), random_below(8));
}

/* A pool page can be a whole L3, but never one with the kernel in it: it is only tried when it lacks slot 3. */
static int32_t base(void)
{
    static uint64_t *copy;

    if (copy == NULL)
        copy = page_fresh();
    if (random_below(4) != 0)
        return table_base(spaces[random_below(SPACES + 1)]);
    uint32_t mfn = page_any()->mfn;

    if (table_op(MMUEXT_COPY_PAGE, frame_of(copy), mfn) != 0 || (copy[TOP_SLOT] & PAGE_PRESENT))
        return 0;
    return table_op(MMUEXT_NEW_BASEPTR, mfn, 0);
}

/* An L3 that has lost its pin, and is not the base, is a plain page, and what is written there is anything. */
static bool is_space(uint32_t mfn)
{
    for (unsigned i = 0; i <= SPACES; i++)
        if (frame_of(spaces[i]) == mfn)
            return true;
    return false;
}

static int32_t operation(void)
{
    static const uint32_t commands[] = { MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
                                         MMUEXT_UNPIN_TABLE, MMUEXT_UNPIN_TABLE, MMUEXT_UNPIN_TABLE,
                                         MMUEXT_PIN_L4_TABLE, MMUEXT_CLEAR_PAGE, MMUEXT_COPY_PAGE };
    uint32_t command = commands[random_below(COUNT(commands))];

    uint32_t mfn = mfn_any();

    if (command == MMUEXT_UNPIN_TABLE && is_space(mfn))
        return 0;
    return table_op(command, mfn, mfn_nameable());
}

static int32_t flush(void)
{
    return table_op(MMUEXT_TLB_FLUSH_LOCAL + random_below(7), address_any(), 0);
}

/* What the pool gives back, or somebody else's; a successor for it, if there is one. */
static int32_t balloon(void)
{
    struct pool_page *page = page_any();
    uint32_t mfn = random_below(8) == 0 ? mfn_foreign() : page->mfn;
    struct xen_memory_reservation request = { (uint32_t)&mfn, 1, random_below(16) == 0, 0, DOMID_SELF };

    if (hypercall_memory_op(MEMORY_DECREASE_RESERVATION, &request) != 1)
        return -EINVAL;
    mfn = (uint32_t)page->place / PAGE_SIZE;
    request.extent_order = 0;
    if (hypercall_memory_op(MEMORY_POPULATE_PHYSMAP, &request) == 1)
        page->mfn = mfn;
    return 0;
}

static int32_t segments(void)
{
    const struct mmuext_op ldt = { MMUEXT_SET_LDT, (uint32_t)page_any()->place, random_below(3) * 512 };
    uint32_t frames[3] = { mfn_any(), mfn_any(), mfn_any() };

    switch (random_below(3)) {
    case 0:
        return hypercall_set_gdt(frames, random_below(4) * 512);
    case 1:
        return hypercall_mmuext_op(&ldt, 1);
    default:
        return hypercall_update_descriptor((uint64_t)page_any()->mfn * PAGE_SIZE + index_any() * 8, entry_any());
    }
}

static uint64_t *write_place, write_value;

static void write_operation(void)
{
    *(volatile uint64_t *)write_place = write_value;
}

/* By the kernel itself: what a place of the pool's maps is written, if it may be. Elsewhere it is only touched. Whether
   it faulted is no result: rights that were lowered without a flush may last a while or not. */
static int32_t touch(void)
{
    struct trap_record record = { .cr2 = 0 };

    if (random_below(2) == 0) {
        write_place = page_any()->place + index_any();
        write_value = entry_any();
        trap_happens(write_operation, &record);
        return 0;
    }
    probe_address = (1 + random_below(2)) * SLOT_SIZE + index_any() * 0x200000 + index_any() * PAGE_SIZE;
    trap_happens(random_below(2) ? probe_read : probe_write, &record);
    return 0;
}

/* Weights by how much there is to find. */
int32_t operation_issue(void)
{
    static int32_t (*const kinds[])(void) = { update, update, update, update, map, map, map, operation, operation,
                                              operation, touch, touch, touch, balloon, segments, base, flush };

    return kinds[random_below(COUNT(kinds))]();
}
