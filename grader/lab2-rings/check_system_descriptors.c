/*
 * Exercise 2.1 on the machine, and the walls around the hypervisor. Guest descriptors hands its GDT over and then runs
 * for ever; the machine is stopped meanwhile, and what the CPU would see of descriptors and of the hypervisor is walked
 * in RAM from outside, from the guest's L3 on. What a descriptor reaches is decided here anew (SDM vol. 3 5.3).
 */
#include <string.h>

#include "check.h"
#include "check_system_boots.h"
#include "descriptor_tries.h"
#include "evidence_record.h"

#define SEGMENT_END 0xf6800000u /* guests' segments stay below */
#define M2P         0xf5800000u /* what a guest may read of the hypervisor begins here */
#define TRAP_PAGE   0xf6800000u
#define GDT_WINDOW  0xf6810000u
#define DIRECT      0xf8000000u
#define PAGE        4096u
#define ENTRIES     512
#define GUEST_PAGES 14          /* of the GDT's 15 */
#define RING1_CODE  0xe018      /* selectors of the last page, by offset */
#define RING3_DATA  0xe030
#define NOBODY      0xffffffffu
#define ADDRESS     0x000ffffffffff000ull

static const struct boot boot_spin = { .guests = { "spin" }, .options = "isolation=paging", .seconds = 2 };
static const struct boot boot_descriptors = { .guests = { "descriptors" }, .options = "isolation=paging",
                                              .seconds = 2 };

struct page_view {
    bool is_present, is_writable;
    uint32_t physical;
};

static uint64_t entry_read(uint64_t table, uint32_t index)
{
    uint64_t entry;

    system_read_physical((uint32_t)(table & ADDRESS) + 8 * index, &entry, sizeof(entry));
    return entry;
}

/* As the CPU does it for ring 1, which is a supervisor to it. */
static struct page_view page_walk(uint32_t l3, uint32_t address)
{
    uint64_t top = entry_read(l3, address >> 30), l2, l1;

    if (!(top & 1) || !((l2 = entry_read(top, address >> 21 & 511)) & 1))
        return (struct page_view){ .is_present = false };
    if (l2 & 0x80)
        return (struct page_view){ true, l2 & 2, (uint32_t)(l2 & ADDRESS) + (address & 0x1ff000) };
    l1 = entry_read(l2, address >> 12 & 511);
    return (struct page_view){ l1 & 1, l1 & l2 & 2, (uint32_t)(l1 & ADDRESS) };
}

/* When the machine was stopped, either the hypervisor's own L3 was loaded or one with the guest's top gigabyte. */
static void loaded_check(uint32_t l3)
{
    uint32_t loaded = system_register("CR3");
    uint64_t top;

    if (loaded == system_symbol("hypervisor_l3") - DIRECT)
        return;
    system_read_physical(loaded + 3 * 8, &top, sizeof(top));
    check_equal("L2 of the top gigabyte that is loaded", entry_read(l3, 3) & ADDRESS, top & ADDRESS);
}

/* The guest's L3. It runs on, so it is the one the CPU has, or will have next. */
static uint32_t view_take(const char *guest)
{
    uint32_t l3 = system_value(guest, START_TABLE);

    check_fact(system_ended() == SYSTEM_TIME, "the guest runs on until its time is over", "the machine ended before");
    loaded_check(l3);
    return l3;
}

/* The last byte that can be named with the descriptor; present data and code only. */
static uint64_t segment_reach(uint64_t descriptor)
{
    uint64_t base = (descriptor >> 16 & 0xffffff) | (descriptor >> 56) << 24;
    uint64_t limit = (descriptor & 0xffff) | (descriptor >> 32 & 0xf0000);
    bool is_down = (descriptor >> 42 & 3) == 1; /* data, expand-down */
    uint64_t top = descriptor >> 54 & 1 ? 0xffffffffu : 0xffff;

    if (descriptor >> 55 & 1)
        limit = limit << 12 | 0xfff;
    if (!is_down)
        return base + limit;
    if (limit >= top)
        return 0;
    return base + limit + 1 > 0xffffffffu ? base - 1 : top == 0xffff ? base + top : 0xffffffffu;
}

static bool is_safe(uint64_t descriptor)
{
    uint16_t target = descriptor >> 16 & 0xffff;

    if (!(descriptor >> 47 & 1))
        return true;
    if ((descriptor >> 45 & 3) == 0)
        return false;
    if (descriptor >> 44 & 1)
        return segment_reach(descriptor) < SEGMENT_END && !(descriptor >> 53 & 1);
    return (descriptor >> 40 & 0xf) == 0xc && (target & 3) &&
           ((target & 4) || target < 0xe000 || target == (RING1_CODE | 1));
}

static void window_read(uint32_t l3, uint32_t page, uint64_t entries[ENTRIES])
{
    struct page_view view = page_walk(l3, GDT_WINDOW + page * PAGE);

    check_case("page %u of the GDT as the CPU sees it", page);
    check_fact(view.is_present, "the CPU finds a page there", "none is mapped");
    check_fact(!view.is_writable, "nobody but the hypervisor can write it", "its guest can");
    system_read_physical(view.physical, entries, PAGE);
}

static void run_flat_limits(void)
{
    uint64_t entries[ENTRIES];

    system_boot(&boot_spin);
    window_read(view_take("spin"), GUEST_PAGES, entries);
    for (uint32_t selector = RING1_CODE; selector <= RING3_DATA; selector += 8) {
        unsigned ring = selector < RING1_CODE + 16 ? 1 : 3;
        uint64_t access = 0x91 | (selector & 8 ? 0xa : 2) | ring << 5; /* 0xe018 and 0xe028 are code */

        check_case("GDT entry %#x", selector);
        check_equal("descriptor", 0x00cf0000000067ffu | access << 40, entries[selector / 8 % ENTRIES]);
    }
    check_case("first page of a guest that has set no GDT");
    window_read(view_take("spin"), 0, entries);
    for (unsigned i = 0; i < ENTRIES; i++)
        check_equal("descriptor", 0, entries[i]);
}

static void run_descriptors_machine(void)
{
    uint64_t entries[ENTRIES];
    uint32_t state;

    system_boot(&boot_descriptors);
    state = system_seed("descriptors");
    check_equal("result of set_gdt", 0, system_value("descriptors", DESCRIPTORS_LOAD));
    check_case("a segment of one word, read through FS");
    check_equal("word", evidence_next(&state), system_value("descriptors", DESCRIPTORS_WORD));
    window_read(view_take("descriptors"), 0, entries);
    for (unsigned i = 0; i < DESCRIPTORS_GOOD; i++) {
        check_case("%s (%016llx)", descriptors_good[i].what, (unsigned long long)descriptors_good[i].asked);
        check_equal("descriptor that the CPU sees", descriptors_good[i].seen, entries[DESCRIPTORS_FIRST + i]);
    }
}

static void run_descriptors_hostile(void)
{
    uint64_t entries[ENTRIES];

    system_boot(&boot_descriptors);
    for (unsigned i = 0; i < DESCRIPTORS_BAD; i++) {
        check_case("update_descriptor: %s (%016llx)", descriptors_bad[i].what,
                   (unsigned long long)descriptors_bad[i].asked);
        check_equal("result, -EINVAL", (uint32_t)-22, system_value("descriptors", DESCRIPTORS_UPDATE + i));
    }
    check_case("set_gdt of two pages, a bad descriptor at the very end of the second");
    check_equal("result, -EINVAL", (uint32_t)-22, system_value("descriptors", DESCRIPTORS_SECOND));
    for (unsigned page = 0; page < GUEST_PAGES; page++) {
        window_read(view_take("descriptors"), page, entries);
        for (unsigned i = 0; i < ENTRIES; i++)
            check_fact(is_safe(entries[i]), "no descriptor leads to ring 0 or to the hypervisor",
                       "entry %u is %016llx", i, (unsigned long long)entries[i]);
    }
}

/* A table that a guest could write would be worth no more than the guest. */
static void tables_check(uint32_t l3)
{
    uint32_t tables[5] = { l3 };

    for (unsigned i = 0; i < 4; i++)
        tables[1 + i] = (uint32_t)(entry_read(l3, i) & ADDRESS);
    for (uint32_t address = 0; address < M2P; address += PAGE) {
        struct page_view view = page_walk(l3, address);
        for (unsigned i = 0; view.is_present && i < 5; i++)
            check_fact(view.physical != tables[i] || !view.is_writable, "a guest's page tables are read-only to it",
                       "the one at %08x can be written", address);
    }
}

/* Every page from the M2P to the end of all addresses. */
static void run_isolation_view(void)
{
    system_boot(&boot_descriptors);
    uint32_t l3 = view_take("descriptors"), writable = NOBODY, direct = NOBODY;

    for (uint32_t address = M2P; address != 0; address += PAGE) {
        struct page_view view = page_walk(l3, address);
        if (view.is_present && view.is_writable && address != TRAP_PAGE && writable == NOBODY)
            writable = address;
        if (view.is_present && address >= DIRECT && direct == NOBODY)
            direct = address;
    }
    check_case("the tables of a guest in paging mode, above 0xf5800000");
    check_fact(writable == NOBODY, "no page but the trap page can be written", "the one at %08x can", writable);
    check_fact(direct == NOBODY, "the hypervisor's direct map is not there", "the page at %08x is", direct);
    check_case("the same tables below");
    tables_check(l3);
}

static const struct check checks[] = {
    { .name = "flat-limits", .exercise = "2.1", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "The four flat segments that every guest is given end at 0xf6800000.",
      .where = "descriptor.c: descriptor_flat()",
      .causes = { "the guest is entered by exercise 2.2: is that written?",
                  "the limit in the descriptor counts pages and names the last one",
                  "the accessed bit is clear, and a read-only table is not the CPU's to write" },
      .run = run_flat_limits },
    { .name = "descriptors-machine", .exercise = "2.1", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "The CPU sees a guest's descriptors with their DPL raised and their limits cut, and else unchanged.",
      .where = "descriptor.c: descriptor_check()",
      .causes = { "the guest hands its GDT over by a hypercall: are exercises 2.2 to 2.4 written?",
                  "a limit is cut to whole pages, and names the last of them" },
      .requires = { "flat-limits" }, .run = run_descriptors_machine },
    { .name = "descriptors-hostile", .exercise = "2.1", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "No descriptor that leads to ring 0 or to the hypervisor ever reaches a table that the CPU reads.",
      .where = "descriptor.c: descriptor_check()",
      .causes = { "the guest asks by hypercalls: are exercises 2.2 to 2.4 written?",
                  "of the system descriptors only the 32-bit call gate is for guests",
                  "base and limit are added in 32 bits, and the sum wraps" },
      .requires = { "flat-limits" }, .run = run_descriptors_hostile },
    { .name = "isolation-view", .exercise = "2.1", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "In paging mode a guest's tables show nothing of the hypervisor but what the CPU needs, read-only.",
      .where = "isolation.c: isolation_fill_top()",
      .causes = { "the guest hands its GDT over by a hypercall: are exercises 2.2 to 2.4 written?" },
      .requires = { "flat-limits" }, .run = run_isolation_view },
};
CHECKS(checks);
