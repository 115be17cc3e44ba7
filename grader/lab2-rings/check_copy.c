/*
 * Exercise 2.4: guest memory through the guest's page tables. The guest's pages lie in scattered frames; what is at an
 * address is known here because the tables were made here.
 */
#include <string.h>

#include "check.h"
#include "unit.h"
#include "wire.h"

#define PRESENT  1u
#define WRITABLE 2u
#define LARGE    0x80u
#define ALLOWED  (PRESENT | WRITABLE | 4u)
#define HOLE     0xf5800000u
#define EFAULT_RESULT ((uint32_t)-14)

/* Frames of the machine. Pages are in no order, so that what follows a page is never the next one. */
enum frame { FRAME_NOTHING, FRAME_L2_LOW, FRAME_L1_FIRST, FRAME_L1_SECOND, FRAME_L2_TOP, FRAME_L1_TOP, FRAME_DATA };

/* The guest's pages: four around a border of 2 MiB (two L1s), and one below the hole. */
#define BORDER     0x40200000u
#define PAGE_COUNT 4
#define FIRST      (BORDER - 2 * 4096)
#define TOP        (HOLE - 4096)
static const unsigned page_frames[PAGE_COUNT] = { 8, 6, 9, 7 };

static struct wire_copy request;
static struct wire_copied reply;

static void entry_set(unsigned frame, unsigned index, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        request.ram[frame * 4096 + index * 8 + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t entry_for(unsigned frame, unsigned flags)
{
    return (uint64_t)frame << 12 | flags;
}

/* The entry of the lowest table for page `index` of the four. */
static void page_set(unsigned index, uint64_t entry)
{
    if (index < 2)
        entry_set(FRAME_L1_FIRST, 510 + index, entry);
    else
        entry_set(FRAME_L1_SECOND, index - 2, entry);
}

static void machine_make(void)
{
    memset(&request, 0, sizeof(request));
    for (unsigned i = 0; i < WIRE_RAM; i++)
        request.ram[i] = i < FRAME_DATA * 4096 ? 0 : (uint8_t)check_random();
    for (unsigned i = 0; i < WIRE_BUFFER; i++)
        request.buffer[i] = (uint8_t)check_random();
    request.pdpt[1] = entry_for(FRAME_L2_LOW, PRESENT);
    request.pdpt[3] = entry_for(FRAME_L2_TOP, PRESENT);
    entry_set(FRAME_L2_LOW, 0, entry_for(FRAME_L1_FIRST, ALLOWED));
    entry_set(FRAME_L2_LOW, 1, entry_for(FRAME_L1_SECOND, ALLOWED));
    for (unsigned i = 428; i-- > 426;) /* 0xf5600000: the last L2 entry below the hole, and the one before */
        entry_set(FRAME_L2_TOP, i, entry_for(FRAME_L1_TOP, ALLOWED));
    entry_set(FRAME_L2_TOP, 428, entry_for(FRAME_L1_TOP, ALLOWED)); /* the hole is mapped, too */
    entry_set(FRAME_L1_TOP, 511, entry_for(page_frames[0], ALLOWED));
    entry_set(FRAME_L1_TOP, 0, entry_for(page_frames[1], ALLOWED));
    for (unsigned i = 0; i < PAGE_COUNT; i++)
        page_set(i, entry_for(page_frames[i], ALLOWED));
}

/* Where the byte at `address` is in RAM; the address has to be one of the pages'. */
static uint32_t place_of(uint32_t address)
{
    unsigned index = address >= TOP ? 0 : (address - FIRST) >> 12;

    return page_frames[index] * 4096 + (address & 4095);
}

static void pointer_ask(uint32_t address, bool is_write)
{
    request.address = address;
    request.is_write = is_write;
    unit_call(WIRE_POINTER, &request, sizeof(request), &reply, sizeof(reply));
    check_bytes("machine's memory, which a walk only reads", request.ram, reply.ram, WIRE_RAM);
}

static void pointer_expect(uint32_t address, bool is_write)
{
    pointer_ask(address, is_write);
    check_fact(!reply.is_null, "a pointer", "NULL for %08x", address);
    check_fact(reply.is_in_ram, "a pointer into the direct map", "one to somewhere else, for %08x", address);
    check_equal("offset from direct_map", place_of(address), reply.offset);
}

static void pointer_refuse(uint32_t address, bool is_write)
{
    pointer_ask(address, is_write);
    check_fact(reply.is_null, "NULL", "a pointer for %08x, to offset %x from direct_map", address, reply.offset);
}

static void run_walk(void)
{
    machine_make();
    for (unsigned round = 0; round < 60; round++) {
        uint32_t address = round % 4 ? FIRST + check_below(PAGE_COUNT * 4096) : TOP + check_below(4096);

        check_case("address %08x, %s", address, round & 1 ? "to be written" : "to be read");
        pointer_expect(address, round & 1);
    }
    for (unsigned level = 3; level > 0; level--) {
        machine_make();
        if (level == 3)
            request.pdpt[1] &= ~(uint64_t)PRESENT;
        else if (level == 2)
            entry_set(FRAME_L2_LOW, 0, entry_for(FRAME_L1_FIRST, ALLOWED & ~PRESENT));
        else
            page_set(1, entry_for(page_frames[1], ALLOWED & ~PRESENT));
        check_case("entry of level %u is not present", level);
        pointer_refuse(FIRST + 4096 + check_below(4096), false);
    }
    check_case("an address for which there are no tables");
    pointer_refuse(0x1234, false);
}

/* R/W of both levels, against what is wanted. */
static void run_rights(void)
{
    for (unsigned rights = 0; rights < 4; rights++) {
        uint32_t address = FIRST + check_below(4096);

        machine_make();
        entry_set(FRAME_L2_LOW, 0, entry_for(FRAME_L1_FIRST, rights & 2 ? ALLOWED : ALLOWED & ~WRITABLE));
        page_set(0, entry_for(page_frames[0], rights & 1 ? ALLOWED : ALLOWED & ~WRITABLE));
        check_case("R/W %u in the L2 entry, %u in the L1 entry; to be read", rights >> 1, rights & 1);
        pointer_expect(address, false);
        check_case("R/W %u in the L2 entry, %u in the L1 entry; to be written", rights >> 1, rights & 1);
        if (rights == 3)
            pointer_expect(address, true);
        else
            pointer_refuse(address, true);
    }
}

static void run_limits(void)
{
    static const uint64_t foreign[] = { 0x8000, 0x8001, 0xf5800, 0xfffff, 0x100000, 0xffffffff };

    machine_make();
    check_case("last byte below the hole");
    pointer_expect(HOLE - 1, false);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t address = i == 0 ? HOLE : i == 3 ? 0xffffffff : HOLE + check_below(0x200000);

        check_case("address %08x in the hole, which is mapped", address);
        pointer_refuse(address, i & 1);
    }
    machine_make();
    entry_set(FRAME_L2_LOW, 0, entry_for(FRAME_L1_FIRST, ALLOWED | LARGE));
    check_case("a large page");
    pointer_refuse(FIRST, false);
    machine_make();
    page_set(0, entry_for(page_frames[0], ALLOWED | LARGE)); /* there the bit is PAT */
    check_case("bit 7 in an L1 entry, where it means no large page");
    pointer_expect(FIRST, false);
    for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        machine_make();
        page_set(0, foreign[i] << 12 | ALLOWED);
        check_case("frame %llx, which is beyond the direct map", (unsigned long long)foreign[i]);
        pointer_refuse(FIRST + 8, i & 1);
    }
}

/* Asks for a copy and gives the expected one: all of it, or with `is_refused` nothing at all. */
static void copy_try(uint32_t address, uint32_t count, bool is_write, bool is_refused)
{
    static struct wire_copied expected;

    check_where("guest_copy.c: %s", is_write ? "copy_to_guest()" : "copy_from_guest()");
    request.address = address;
    request.count = count;
    request.is_write = is_write;
    memcpy(expected.ram, request.ram, WIRE_RAM);
    memcpy(expected.buffer, request.buffer, WIRE_BUFFER);
    for (uint32_t i = 0; i < count && !is_refused; i++) {
        if (is_write)
            expected.ram[place_of(address + i)] = request.buffer[i];
        else
            expected.buffer[i] = request.ram[place_of(address + i)];
    }
    unit_call(WIRE_COPY, &request, sizeof(request), &reply, sizeof(reply));
    check_equal(is_refused ? "result (-EFAULT)" : "result", is_refused ? EFAULT_RESULT : 0, reply.result);
    check_bytes("guest's memory", expected.ram, reply.ram, WIRE_RAM);
    if (count <= WIRE_BUFFER)
        check_bytes("hypervisor's side", expected.buffer, reply.buffer, count);
}

static void run_pages(void)
{
    static const uint32_t counts[] = { 0, 1, 4, 4095, 4096, 4097, 8192, 9000, WIRE_BUFFER };

    machine_make();
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (unsigned is_write = 0; is_write < 2; is_write++) {
            uint32_t room = PAGE_COUNT * 4096 - counts[i], address = FIRST + check_below(room + 1);

            check_case("%u bytes at %08x, over scattered frames", counts[i], address);
            copy_try(address, counts[i], is_write, false);
        }
    for (unsigned count = 1; count <= 8; count++) {
        check_case("%u bytes at %08x, around the end of a page", count, BORDER - 4);
        copy_try(BORDER - 4, count, count & 1, false);
        check_case("the last %u bytes below the hole", count);
        copy_try(HOLE - count, count, count & 1, false);
    }
}

static void run_whole(void)
{
    for (unsigned is_write = 0; is_write < 2; is_write++) {
        machine_make();
        page_set(2, 0);
        check_case("the second of two pages is not mapped");
        copy_try(BORDER - 100, 200, is_write, true);
        check_case("the third of three pages is not mapped");
        copy_try(BORDER - 4096 - 8, 4096 + 9, is_write, true);
        machine_make();
        page_set(2, entry_for(page_frames[2], ALLOWED & ~WRITABLE));
        check_case("the second of two pages is read-only");
        copy_try(BORDER - 100, 200, is_write, is_write);
        machine_make();
        check_case("the range goes on into the hole");
        copy_try(HOLE - 16, 17, is_write, true);
        check_case("the range wraps around the end of the address space");
        copy_try(HOLE - 16, (uint32_t)0 - (HOLE - 32), is_write, true);
        copy_try(FIRST, 0xffffffff, is_write, true);
    }
}

static const struct check checks[] = {
    { .name = "copy-walk", .exercise = "2.4", .points = 3, .kind = CHECK_UNIT,
      .invariant = "guest_pointer() follows three levels of tables, and stops where an entry is not present.",
      .where = "guest_copy.h: guest_pointer()",
      .causes = { "l3_index(), l2_index() and l1_index() each belong to one level",
                  "PTE_PRESENT is to be tested at every level, before the entry's frame is used",
                  "the offset in the page, address & 0xfff, is missing" },
      .run = run_walk },
    { .name = "copy-rights", .exercise = "2.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "Memory may be written only where L2 and L1 entry both allow it; reading needs no such right.",
      .where = "guest_copy.h: guest_pointer()",
      .causes = { "R/W of the L2 entry is not looked at, or that of the L1 entry",
                  "read-only pages are refused to readers too" },
      .requires = { "copy-walk" }, .run = run_rights },
    { .name = "copy-limits", .exercise = "2.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "The hole, large pages and frames beyond the direct map are never reached for a guest.",
      .where = "guest_copy.h: guest_pointer()",
      .causes = { "HYPERVISOR_VIRT_START itself belongs to the hypervisor, though it may be mapped",
                  "PTE_LARGE in the L2 entry means that there is no L1",
                  "the frame in the L1 entry may be any number: FRAMES_MAX is the first without a pointer" },
      .requires = { "copy-walk" }, .run = run_limits },
    { .name = "copy-pages", .exercise = "2.4", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A copy finds each page anew: neighbours in the guest lie anywhere in the machine.",
      .where = "guest_copy.c: copy_from_guest()",
      .causes = { "one pointer is used for all of the range",
                  "the hypervisor's side does not move on with the guest's",
                  "a copy of 0 bytes is none, and succeeds" },
      .requires = { "copy-walk" }, .run = run_pages },
    { .name = "copy-whole", .exercise = "2.4", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A range that is not wholly there, or wraps, gives -EFAULT, and not one byte of it is copied.",
      .where = "guest_copy.c: range_check()",
      .causes = { "pages are copied while the range is still being checked",
                  "address + count wraps around: the range then looks short",
                  "the pages are checked for reading although the copy writes" },
      .requires = { "copy-walk", "copy-rights", "copy-pages" }, .run = run_whole },
};
CHECKS(checks);
