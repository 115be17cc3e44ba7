/*
 * Exercise 2.2 on the machine: the first context of a ring-1 guest. Guest start saves its registers with its first
 * instructions and makes no hypercall before they are sealed, so these checks need nothing of the later exercises.
 */
#include "check.h"
#include "check_system_boots.h"
#include "evidence_keys.h"

#define RING1_CODE 0xe019
#define RING1_DATA 0xe021

const struct boot boot_start = { .guests = { "start" } };
static const struct boot boot_ticks = { .guests = { "spin", "start" }, .seconds = 2 };

static void run_start_registers(void)
{
    static const char *const names[] = { "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI" };
    static const char magic[17] = "xen-3.0-x86_32p";

    system_boot(&boot_start);
    for (unsigned i = 0; i < KEYS_REGISTERS; i++)
        if (i != 4 && i != 6)
            check_equal(names[i], 0, system_value("start", START_REGISTERS + i));
    check_case("ESI, which points to start_info");
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *word = (const uint8_t *)magic + 4 * i;
        check_equal("word of its magic", word[0] | word[1] << 8 | word[2] << 16 | (uint32_t)word[3] << 24,
                    system_value("start", START_MAGIC + i));
    }
    check_case("ESP, which is the end of the page behind the page tables");
    check_equal("ESP", system_value("start", START_STACK), system_value("start", START_REGISTERS + 4));
}

static void run_start_segments(void)
{
    static const char *const names[] = { "CS", "SS", "DS", "ES", "FS", "GS" };

    system_boot(&boot_start);
    for (unsigned i = 0; i < 6; i++)
        check_equal(names[i], i == 0 ? RING1_CODE : RING1_DATA, system_value("start", START_SEGMENTS + i));
}

/* A guest that the tick cannot interrupt would keep the machine for itself. */
static void run_start_ticks(void)
{
    system_boot(&boot_start);
    check_equal("EFLAGS: IF on, IOPL 0, all else clear", 0x202, system_value("start", START_FLAGS));
    system_boot(&boot_ticks);
    check_case("beside a ring-1 guest that runs for ever");
    check_equal("CS of the second guest", RING1_CODE, system_value("start", START_SEGMENTS));
}

static const struct check checks[] = {
    { .name = "start-segments", .exercise = "2.2", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "A paravirtual guest's first instruction finds the flat segments of ring 1 in all six registers.",
      .where = "pv_start.c: pv_start_vcpu()",
      .causes = { "the selectors are 0xe019 for code and 0xe021 for data: ring 1 is in their low bits",
                  "the frame has fields for ES, FS and GS too",
                  "descriptor_flat() of exercise 2.1 gives segments that cannot be loaded (see log)" },
      .run = run_start_segments },
    { .name = "start-registers", .exercise = "2.2", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "When a guest starts, ESI points to start_info, ESP is its stack's end, and the rest is 0.",
      .where = "pv_start.c: pv_start_vcpu()",
      .causes = { "ESI is a virtual address of the guest, not a page number",
                  "a stack grows down, so it begins at its page's end" },
      .requires = { "start-segments" }, .run = run_start_registers },
    { .name = "start-ticks", .exercise = "2.2", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "A paravirtual guest starts with IF on and IOPL 0, so that the tick takes the CPU from it.",
      .where = "pv_start.c: pv_start_vcpu()",
      .causes = { "IF is clear: a guest that loops is never interrupted",
                  "IOPL is not 0: ring 1 could turn interrupts off by itself" },
      .requires = { "start-segments" }, .run = run_start_ticks },
};
CHECKS(checks);
