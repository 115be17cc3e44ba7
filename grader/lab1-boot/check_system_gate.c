/*
 * Exercise 1.1 on the machine: the tables the CPU uses, read from the machine's memory after a run. Addresses come from
 * the image's symbols, layouts from SDM vol. 3 figures 3-8, 6-2 and 7-2, selectors from layout.h.
 */
#include "check.h"
#include "check_system_boots.h"
#include "system.h"

#define GATE_TABLES   0xf6801000u /* where the CPU sees `tables` */
#define TRAP_TOP      0xf6801000u /* ... and the end of the trap page */
#define SELECTOR_CODE 0xe008
#define SELECTOR_DATA 0xe010
#define SELECTOR_TSS  0xe040
#define SELECTOR_DOUBLE_FAULT 0xe000
#define STUB_SIZE     16
#define PAGE          4096u

static uint32_t symbol_need(const char *name)
{
    uint32_t address = system_symbol(name);

    check_fact(address != 0, "the image has the tables under the names they were given", "it has no symbol %s", name);
    return address;
}

/* The bits of a gate that the CPU looks at; bits 32-36 are not used. */
static uint64_t gate_bits(uint32_t offset, uint16_t selector, uint8_t access)
{
    return (uint64_t)(offset >> 16) << 48 | (uint64_t)access << 40 | (uint64_t)selector << 16 | (offset & 0xffff);
}

static void run_tables_idt(void)
{
    uint64_t idt[256];

    system_boot(&boot_frame);
    uint32_t stubs = symbol_need("entry_stubs");
    system_read(symbol_need("tables"), idt, sizeof(idt));
    for (unsigned number = 0; number < 256; number++) {
        uint8_t access = number == 3 || number == 4 ? 0xee : 0x8e; /* INT3 and INTO are for everybody */

        check_case("IDT entry %u", number);
        if (number == 8)
            check_equal("task gate", gate_bits(0, SELECTOR_DOUBLE_FAULT, 0x85), idt[8] & ~0xffff00000000ffffu);
        else
            check_equal("gate", gate_bits(stubs + number * STUB_SIZE, SELECTOR_CODE, access),
                        idt[number] & ~0xff00000000u);
    }
}

static uint64_t descriptor_read(uint16_t selector)
{
    uint64_t descriptor;

    check_case("GDT entry %#x", selector);
    system_read(symbol_need("gdt_page") + (selector - 0xe000u), &descriptor, sizeof(descriptor));
    return descriptor;
}

static uint32_t descriptor_base(uint64_t descriptor)
{
    return (uint32_t)(descriptor >> 16 & 0xffffff) | (uint32_t)(descriptor >> 56) << 24;
}

/* A TSS's descriptor, whose busy bit is the CPU's; then the word at `offset` in it. */
static void task_expect(uint16_t selector, const char *what, unsigned offset, uint32_t expected)
{
    uint64_t descriptor = descriptor_read(selector);
    uint32_t base = descriptor_base(descriptor), value;

    check_equal("bits but for base, D/B and busy", 0x0000890000000067u, descriptor & 0x00bffd000000ffffu);
    check_fact(base >= GATE_TABLES && base < GATE_TABLES + PAGE - 103,
               "the TSS lies in the page of the gate area's tables", "base %08x", base);
    system_read(symbol_need("tables") + (base - GATE_TABLES) + offset, &value, sizeof(value));
    check_equal(what, expected, value);
}

static void run_tables_gdt(void)
{
    system_boot(&boot_frame);
    check_equal("ring-0 code: base 0, limit 4 GiB, 32-bit", 0x00cf9b000000ffffu, descriptor_read(SELECTOR_CODE));
    check_equal("ring-0 data: base 0, limit 4 GiB, 32-bit", 0x00cf93000000ffffu, descriptor_read(SELECTOR_DATA));
    task_expect(SELECTOR_TSS, "ESP0: the end of the trap page", 4, TRAP_TOP);
    task_expect(SELECTOR_TSS, "SS0", 8, SELECTOR_DATA);
    task_expect(SELECTOR_DOUBLE_FAULT, "EIP of the double-fault task", 32, symbol_need("panic_double_fault"));
}

static const struct check checks[] = {
    { .name = "tables-gdt", .exercise = "1.1", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "The hypervisor's GDT page describes flat ring-0 code and data and the two task state segments.",
      .where = "segments.c: segment_pack()",
      .causes = { "a limit of 4 GiB is 0xfffff units of 4 KiB", "the base's top byte is bits 56-63" },
      .requires = { "segment-pack" }, .run = run_tables_gdt },
    { .name = "tables-idt", .exercise = "1.1", .points = 4, .kind = CHECK_SYSTEM,
      .invariant = "Every vector has a DPL 0 interrupt gate to its stub, but 3 and 4 are open and 8 is a task gate.",
      .where = "tables.c: idt_fill()",
      .causes = { "stubs are 16 bytes each: entry_stubs + vector * ENTRY_STUB_SIZE",
                  "a DPL 3 gate lets a guest raise any vector with INT n: only 3 and 4 may be open",
                  "a double fault needs a stack of its own, so its gate is a task gate" },
      .requires = { "gate-pack" }, .run = run_tables_idt },
};
CHECKS(checks);
