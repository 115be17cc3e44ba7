/*
 * Exercise 1.2: the way in and out of the hypervisor. Its guests execute nothing that is emulated, so these checks say
 * something before any later exercise is written. What the entry code saved is read from the trap page in the machine's
 * memory: the page of RAM that ends with the registers the guest loaded.
 */
#include <string.h>

#include "check.h"
#include "check_system_boots.h"
#include "evidence_record.h"
#include "wire.h"

#define PAGE       4096u
#define FRAME_WORDS 19
#define FRAME_PLACE (PAGE - 4 * FRAME_WORDS)
#define MEMORY     (32u << 20)

/* Words of the frame, lowest address first: what trap.h promises the rest of the hypervisor. */
enum frame_word { GS, FS, ES, DS, EDI, ESI, EBP, UNUSED, EBX, EDX, ECX, EAX, VECTOR, ERROR, EIP, CS, EFLAGS, ESP, SS };

const struct boot boot_frame = { .guests = { "frame" }, .memory_mib = 32 };
static const struct boot boot_selector = { .guests = { "frame selector" }, .memory_mib = 32 };
const struct boot boot_registers = { .guests = { "registers" }, .memory_mib = 32 };
static const struct boot boot_direction = { .guests = { "direction" }, .memory_mib = 32, .seconds = 0.5 };

/* The numbers guest frame loads, in its order. */
static const struct {
    const char *name;
    enum frame_word word;
} loaded[] = { { "EAX", EAX }, { "ECX", ECX }, { "EDX", EDX }, { "EBX", EBX },
               { "EBP", EBP }, { "ESI", ESI }, { "EDI", EDI } };
#define LOADED (sizeof(loaded) / sizeof(loaded[0]))

/* In the order of the selectors guest frame loads. */
static const struct {
    const char *name;
    enum frame_word word;
} segments[] = { { "DS", DS }, { "ES", ES }, { "FS", FS }, { "GS", GS } };

static void numbers_draw(uint32_t numbers[LOADED + 1])
{
    uint32_t state = system_seed("frame");

    for (unsigned i = 0; i < LOADED + 1; i++)
        numbers[i] = evidence_next(&state);
}

static unsigned matches(const uint32_t frame[FRAME_WORDS], const uint32_t numbers[LOADED])
{
    unsigned count = 0;

    for (unsigned i = 0; i < LOADED; i++)
        count += frame[loaded[i].word] == numbers[i];
    return count;
}

/* The trap page: most of the guest's numbers stand where they belong at its end. */
static void trap_page_find(const uint32_t numbers[LOADED], uint8_t page[PAGE])
{
    uint32_t frame[FRAME_WORDS];

    for (uint32_t at = 0; at < MEMORY; at += PAGE) {
        system_read_physical(at + FRAME_PLACE, frame, sizeof(frame));
        if (matches(frame, numbers) < 4)
            continue;
        system_read_physical(at, page, PAGE);
        return;
    }
    check_fail("a page of RAM ends with the guest's registers in the order of struct trap_frame: its trap page",
               "no page does: ESP was elsewhere, or the words were pushed in another order");
}

static void frame_compare(uint32_t vector, uint32_t error)
{
    uint32_t numbers[LOADED + 1], frame[FRAME_WORDS];
    uint8_t page[PAGE];

    numbers_draw(numbers);
    trap_page_find(numbers, page);
    memcpy(frame, page + FRAME_PLACE, sizeof(frame));
    for (unsigned i = 0; i < LOADED; i++)
        check_equal(loaded[i].name, numbers[i], frame[loaded[i].word]);
    for (unsigned i = 0; i < 4; i++)
        check_equal(segments[i].name, 0x10 | ((numbers[0] & 3) ^ i), frame[segments[i].word] & 0xffff);
    check_equal("vector", vector, frame[VECTOR]);
    check_equal("error code", error, frame[ERROR]);
    check_equal("EIP", system_value("frame", FRAME_EIP), frame[EIP]);
    check_equal("CS: the guest really runs in ring 3", 0x0b, frame[CS] & 0xffff);
    check_equal("EFLAGS: the guest's, IF on, IOPL 0", (numbers[LOADED] & FRAME_FLAGS) | 0x202, frame[EFLAGS] & 0x3fffu);
    check_equal("ESP", system_value("frame", FRAME_ESP), frame[ESP]);
    check_equal("SS", 0x13, frame[SS] & 0xffff);
}

static void run_entry_frame(void)
{
    system_boot(&boot_frame);
    check_case("UD2 in a guest: vector 6, without an error code");
    frame_compare(6, 0);
    system_boot(&boot_selector);
    check_case("FS loaded with a selector without a descriptor: vector 13, with an error code");
    frame_compare(13, system_value("frame", FRAME_SELECTOR));
}

/* What guest registers held before and after; `counter` ends at 0. */
static void registers_compare(uint32_t key, unsigned counter)
{
    static const char *const names[] = { "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI" };
    uint32_t state = system_seed("registers");

    for (unsigned i = 0; i < 8; i++) {
        uint32_t number = evidence_next(&state);
        uint32_t expected = i == counter ? 0 : i == 4 ? system_value("registers", REGISTERS_STACK) : number;
        check_equal(names[i], expected, system_value("registers", key + i));
    }
    if (counter == 1)
        check_equal("CF PF AF ZF SF DF OF of EFLAGS", evidence_next(&state) & FRAME_FLAGS,
                    system_value("registers", key + 8) & FRAME_FLAGS);
}

static void run_entry_registers(void)
{
    system_boot(&boot_registers);
    check_case("registers of a guest that counts in ECX while ticks of the machine interrupt it");
    registers_compare(REGISTERS_FIRST, 1);
    check_case("registers of a guest that counts in EAX while ticks of the machine interrupt it");
    registers_compare(REGISTERS_SECOND, 0);
}

static void run_entry_segments(void)
{
    static const char *const names[] = { "DS", "ES", "FS", "GS" };

    system_boot(&boot_registers);
    for (unsigned i = 0; i < 4; i++)
        check_equal(names[i], system_value("registers", REGISTERS_SEGMENTS + i) & 0xffff,
                    system_value("registers", REGISTERS_SEGMENTS + 4 + i) & 0xffff);
}

/* Neither the guest's stack nor the page the CPU pushes into is the hypervisor's to work on. */
static void run_entry_stack(void)
{
    uint32_t numbers[LOADED + 1];
    uint8_t page[PAGE];
    unsigned used = 0;

    system_boot(&boot_registers);
    check_case("words below and above ESP of a guest that is interrupted");
    check_equal("words of the guest's stack that changed", 0, system_value("registers", REGISTERS_CANARY));
    system_boot(&boot_frame);
    numbers_draw(numbers);
    trap_page_find(numbers, page);
    for (unsigned i = 0; i < FRAME_PLACE; i++)
        used += page[i] != 0;
    check_case("the guest's trap page below its frame");
    check_equal("bytes that were written there", 0, used);
}

/* DF in the trap page of guest direction, which is known by its ESI and EDI. */
static unsigned direction_saved(void)
{
    uint32_t state = system_seed("direction"), esi = evidence_next(&state), edi = evidence_next(&state);
    uint32_t frame[FRAME_WORDS];

    for (uint32_t at = 0; at < MEMORY; at += PAGE) {
        system_read_physical(at + FRAME_PLACE, frame, sizeof(frame));
        if (frame[ESI] == esi && frame[EDI] == edi)
            return frame[EFLAGS] >> 10 & 1;
    }
    check_fail("the guest's trap page has its ESI and EDI", "no page of RAM has");
}

/*
 * While all guests wait so does the hypervisor, with interrupts on: each tick comes from ring 0 and must return there.
 * The machine is stopped in that wait, with the flags C code runs with.
 */
static void run_entry_direction(void)
{
    system_boot(&boot_direction);
    check_case("all guests wait, so ticks interrupt the hypervisor's own wait, in ring 0, and return to it");
    if (system_ended() != SYSTEM_TIME)
        system_expect_exit(33);
    check_case("a guest that has set DF waits for ever, and the hypervisor for its ticks");
    check_equal("DF in the hypervisor", 0, system_register("EFL") >> 10 & 1);
    check_equal("DF in the guest's saved EFLAGS", 1, direction_saved());
}

static const struct check checks[] = {
    { .name = "entry-frame", .exercise = "1.2", .points = 3, .kind = CHECK_SYSTEM,
      .invariant = "A trap leaves the guest's registers at the end of its trap page as a struct trap_frame.",
      .where = "entry.S: entry_common",
      .causes = { "pushes come in the opposite order of the struct's fields",
                  "the order is DS, ES, FS, GS: exchanging two of them in both pushes and pops is as wrong",
                  "registers are used before they are saved",
                  "vector and error code were not dropped, so IRET itself faulted (see log)" },
      .requires = { "tables-idt", "tables-gdt" }, .run = run_entry_frame },
    { .name = "entry-registers", .exercise = "1.2", .points = 3, .kind = CHECK_SYSTEM,
      .invariant = "General registers and EFLAGS of a guest survive every tick of the machine.",
      .where = "entry.S: entry_restore",
      .causes = { "pops come in the opposite order of the pushes", "vector and error code (8 bytes) lie before EIP",
                  "ESP is not set to the frame before the registers are popped" },
      .requires = { "entry-frame" }, .run = run_entry_registers },
    { .name = "entry-segments", .exercise = "1.2", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "DS, ES, FS and GS of a guest survive every tick of the machine.",
      .where = "entry.S: entry_restore",
      .causes = { "pops of segment registers come in another order than the pushes, backwards",
                  "FS and GS are saved and not restored" },
      .requires = { "entry-frame" }, .run = run_entry_segments },
    { .name = "entry-stack", .exercise = "1.2", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "The hypervisor works on its own stack, not on the guest's and not in the trap page.",
      .where = "entry.S: entry_common",
      .causes = { "ESP is not loaded with stack_top before trap_dispatch is called",
                  "the test of CS's RPL is reversed" },
      .requires = { "entry-frame" }, .run = run_entry_stack },
    { .name = "entry-direction", .exercise = "1.2", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "C code runs with DF clear, and an interrupt from ring 0 returns to the hypervisor where it was.",
      .where = "entry.S: entry_common",
      .causes = { "case ring 0: with RPL 0 in CS and VM clear ESP must not become stack_top (step 4)",
                  "case ring 0: CS and EFLAGS are read at the wrong offset of the frame",
                  "case DF: CLD is missing before the call", "case DF: DF is cleared in the saved EFLAGS" },
      .requires = { "entry-stack" }, .run = run_entry_direction },
};
CHECKS(checks);
