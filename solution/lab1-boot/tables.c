/*
 * The hypervisor's own GDT page, IDT and TSSs (floor 1), built from segments.c's packed forms and loaded once.
 *
 * They are written here through the image's own addresses; the CPU reads them through the gate area, which stays
 * mapped in every address space. TSS.esp0 never changes: it is the top of the trap page, and switching vcpus maps
 * another page there. A double fault enters its own task with its own stack, because the usual cause is that the
 * stack is gone (SDM vol. 3 section 6.15, interrupt 8).
 *
 *      GDTR -> GATE_GDT     | pages 0-13: the current domain's | page 14: ours                          |
 *                             selectors 0x0000-0xdfff            0xe000 double fault   0xe010 data
 *                                                                0xe008 code           0xe040 main TSS
 *      IDTR -> GATE_TABLES  | 256 gates | main TSS | double fault's TSS | ... | way in | way out |
 *
 *      TSS, what is used of it (104 bytes):     +4 ESP0   top of the trap page: where a trap from ring 3 lands
 *                                               +8 SS0    our data segment
 *                                             +102 I/O    map base behind the limit: no port for any ring but 0
 *                                      the others         the state of a task that is not running
 */
#include "cpu.h"
#include "exercise.h"
#include "gate.h"
#include "layout.h"
#include "panic.h"
#include "segments.h"

/* All 4 GiB: protection is by page, and by ring. */
#define FLAT_LIMIT 0xffffffffu

/* One page, mapped at GATE_TABLES: IDT, then the two TSSs. */
struct gate_tables {
    uint64_t idt[256];       /* gates, segments.c has their picture */
    struct tss main;         /* the one that TR names while anything but a double fault runs */
    struct tss double_fault; /* written here once; the CPU loads all registers from it */
    uint8_t unused[GATE_PATHS - GATE_TABLES - 256 * 8 - 2 * sizeof(struct tss)];
    uint32_t way_in, way_out; /* addresses in the gate area's text: entry.S jumps through them */
};

/* In the image. The CPU writes to them too: busy bits in the descriptors, and the state of the interrupted task. */
static struct gate_tables tables __attribute__((aligned(PAGE_SIZE)));
static uint64_t gdt_page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
static uint8_t double_fault_stack[PAGE_SIZE] __attribute__((aligned(16)));

_Static_assert(sizeof(struct gate_tables) <= PAGE_SIZE, "one page of the gate area");
_Static_assert(__builtin_offsetof(struct gate_tables, way_in) == GATE_PATHS - GATE_TABLES, "entry.S");

/* Where the CPU sees a member of `tables`. */
#define GATE_ADDRESS(member) (GATE_TABLES + (uint32_t)__builtin_offsetof(struct gate_tables, member))

/* The operand of LGDT and LIDT: six bytes without a gap. `limit` is the last valid byte's offset. */
struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

/* For paging.c, which maps these two pages a second time in the gate area. */
void *tables_page(void)
{
    return &tables;
}

void *tables_gdt_page(void)
{
    return gdt_page;
}

/* The CPU saved it there when it left for the double fault's task: EIP and EBP of the trouble. */
const struct tss *segments_interrupted_task(void)
{
    return &tables.main;
}

void segments_descriptor_set(uint16_t selector, uint64_t descriptor)
{
    gdt_page[selector / 8 - GDT_GUEST_ENTRIES] = descriptor; /* they count from the window's first page, ours is the last */
}

static void gdt_set(uint16_t selector, uint32_t base, uint32_t limit, uint8_t access)
{
    struct segment segment = { base, limit, (uint8_t)(SEGMENT_PRESENT | access), true };

    segments_descriptor_set(selector, segment_pack(&segment));
}

/* Flat code and data: the rings are told apart by selectors, memory by pages. Null, entry 0, is the domain's page's. */
static void gdt_fill(void)
{
    /* Accessed from the start: the CPU then never writes to a descriptor. */
    gdt_set(SELECTOR_CODE, 0, FLAT_LIMIT, SEGMENT_USER | SEGMENT_CODE | SEGMENT_ACCESSED);
    gdt_set(SELECTOR_DATA, 0, FLAT_LIMIT, SEGMENT_USER | SEGMENT_DATA | SEGMENT_ACCESSED);
    gdt_set(SELECTOR_TSS, GATE_ADDRESS(main), sizeof(struct tss) - 1, SEGMENT_TSS);
    gdt_set(SELECTOR_DOUBLE_FAULT, GATE_ADDRESS(double_fault), sizeof(struct tss) - 1, SEGMENT_TSS);
}

/*
 * Exercise 1.1, second part: all 256 entries of tables.idt. Each is a present interrupt gate of DPL 0 for
 * SELECTOR_CODE, to its own stub: stub number N is N * ENTRY_STUB_SIZE bytes behind entry_stubs (gate.h). Two
 * exceptions: 8, the double fault, is a present task gate to SELECTOR_DOUBLE_FAULT with offset 0 (why: see the top of
 * this file); 3 and 4 can be raised from ring 3, for which there is segments_open_gate(). (SDM vol. 3 sections 6.11 and
 * 7.2.5)
 */
static void idt_fill(void)
{
#ifdef SOLUTION
    struct gate gate = { 0, SELECTOR_CODE, SEGMENT_PRESENT | GATE_INTERRUPT };
    struct gate task = { 0, SELECTOR_DOUBLE_FAULT, SEGMENT_PRESENT | GATE_TASK };

    for (unsigned vector = 0; vector < 256; vector++) {
        gate.offset = (uint32_t)entry_stubs + vector * ENTRY_STUB_SIZE;
        tables.idt[vector] = gate_pack(&gate);
    }
    tables.idt[8] = gate_pack(&task);
    segments_open_gate(3, 3);
    segments_open_gate(4, 3);
#else
    EXERCISE("1.1");
#endif
}

/* Guests can raise only what is opened here; any other INT n of theirs is #GP, and theirs to explain. */
void segments_open_gate(uint8_t vector, uint8_t ring)
{
    struct gate gate = gate_unpack(tables.idt[vector]);

    gate.access = (uint8_t)((gate.access & ~SEGMENT_DPL(3)) | SEGMENT_DPL(ring));
    tables.idt[vector] = gate_pack(&gate);
}

void segments_gate_set(uint8_t vector, uint64_t gate)
{
    tables.idt[vector] = gate;
}

void segments_ldt_load(uint16_t selector)
{
    __asm__ volatile("lldt %0" : : "r"(selector) : "memory");
}

/* The CPU reads them when a gate leads from ring 3 to ring 1, and keeps no copy. */
void segments_inner_stack_set(uint16_t ss, uint32_t esp)
{
    tables.main.ss1 = ss;
    tables.main.esp1 = esp;
}

void segments_paths_set(const void *way_in, const void *way_out)
{
    tables.way_in = (uint32_t)way_in;
    tables.way_out = (uint32_t)way_out;
}

/*
 * SS0 and ESP0 are all that the CPU takes from the main TSS. The double fault's has everything that a task begins
 * with: the boot page tables, which no guest's death takes away, and interrupts off, for IF is clear in it.
 */
static void tss_fill(void)
{
    tables.main.ss0 = SELECTOR_DATA;
    tables.main.esp0 = GATE_TRAP + PAGE_SIZE;
    tables.main.io_bitmap = sizeof(struct tss);
    tables.double_fault = (struct tss){
        .cr3 = cr3_read(),
        .eip = (uint32_t)panic_double_fault,
        .eflags = EFLAGS_FIXED,
        .esp = (uint32_t)double_fault_stack + sizeof(double_fault_stack),
        .cs = SELECTOR_CODE, .ss = SELECTOR_DATA, .ds = SELECTOR_DATA, .es = SELECTOR_DATA,
        .io_bitmap = sizeof(struct tss),
    };
}

/*
 * LGDT alone changes nothing that is loaded: the CPU keeps a copy of each descriptor (SDM vol. 3 section 3.4.3). The
 * far jump loads CS anew, the others follow. FS and GS are unused, so null makes their use a fault. LTR marks the main
 * TSS busy, a write to our GDT page, which is why that page is mapped writable.
 */
static void tables_load(void)
{
    struct table_pointer gdtr = { GDT_LIMIT, GATE_GDT };
    struct table_pointer idtr = { sizeof(tables.idt) - 1, GATE_ADDRESS(idt) };

    __asm__ volatile("lgdt %0; lidt %1" : : "m"(gdtr), "m"(idtr));
    __asm__ volatile("ljmp %0, $1f; 1:\n\t"
                     "mov %w1, %%ds; mov %w1, %%es; mov %w1, %%ss\n\t"
                     "mov %w2, %%fs; mov %w2, %%gs\n\t"
                     "lldt %w2; ltr %w3"
                     : : "i"(SELECTOR_CODE), "r"(SELECTOR_DATA), "r"(0), "r"(SELECTOR_TSS) : "memory");
}

/* Needs paging_init() before: the CPU reads what LTR names at once, through the gate area. */
void segments_init(void)
{
    gdt_fill();
    tss_fill();
    idt_fill();
    segments_paths_set(entry_common, entry_restore);
    tables_load();
}
