/* Control registers, a descriptor table of its own and the stack segment, on the machine. Ends with CLI; HLT, which
   ends a guest. No interrupt is delivered and no port used. */
#include "cpu.h"
#include "evidence.h"
#include "wire.h"

void guest_main(void);

#define FLAT_CODE 0x00cf9a000000ffffull
#define FLAT_DATA 0x00cf92000000ffffull
#define WINDOW    0x18 /* selector of the segment under test */
#define WINDOW_AT 0x20

static uint64_t table[8] __attribute__((aligned(8))) = { 0, FLAT_CODE, FLAT_DATA, 0, FLAT_DATA };
static uint32_t numbers[256];
static uint32_t stack[64];

/* A data segment of 16 bytes over `place`. */
static uint64_t window(const void *place)
{
    uint64_t base = (uint32_t)place;

    return 0x0040920000000000ull | 0xf | (base & 0xffffff) << 16 | (base & 0xff000000) << 32;
}

static uint32_t window_read(uint32_t offset)
{
    uint32_t value;

    __asm__ volatile("mov %w1, %%fs; movl %%fs:(%2), %0; mov %w3, %%fs"
                     : "=&r"(value) : "r"(WINDOW), "r"(offset), "r"(0) : "memory");
    return value;
}

static void control_registers(void)
{
    cr0_write((evidence_random() & ~0xe0000000u) | CR0_PE);
    evidence_put(CONTROL_CR0, cr0_read());
    cr0_write(CR0_PE);
    cr2_write(evidence_random());
    cr3_write(evidence_random());
    cr4_write(evidence_random() & 0x3f);
    evidence_put(CONTROL_CR2, cr2_read());
    evidence_put(CONTROL_CR3, cr3_read());
    evidence_put(CONTROL_CR4, cr4_read());
}

static void descriptor_table(void)
{
    struct table_pointer pointer = { sizeof(table) - 1, (uint32_t)table };

    for (int i = 0; i < 256; i++)
        numbers[i] = evidence_random();
    table[WINDOW / 8] = window(&numbers[0]);
    cpu_lgdt(&pointer);
    evidence_put(CONTROL_WORD, window_read(8));
    table[WINDOW / 8] = window(&numbers[100]);
    pointer.base |= 0xee000000; /* a 16-bit operand has 24 bits of base */
    __asm__ volatile(".byte 0x66; lgdt %0" : : "m"(pointer));
    evidence_put(CONTROL_WORD_16, window_read(12));
}

/* The stack moves to `stack` and back; all three ways to load SS. */
static void stack_segment(void)
{
    struct {
        uint32_t offset;
        uint16_t selector;
    } pointer = { (uint32_t)(stack + 64), WINDOW_AT };
    uint32_t value = evidence_random();

    __asm__ volatile("movl %%esp, %%edi\n\t"
                     "lss %1, %%esp\n\t"
                     "pushl %0\n\t"
                     "mov %w2, %%ss\n\t"
                     "nop\n\t"
                     "pushl %3\n\t"
                     "popl %%ss\n\t"
                     "movl %%edi, %%ecx\n\t"
                     "popl %0\n\t"
                     "movl %%ecx, %%esp"
                     : "+a"(value) : "m"(pointer), "r"(0x10), "r"(WINDOW_AT) : "ecx", "edi", "memory");
    evidence_put(CONTROL_STACK, stack[63] == value ? value : 0);
}

void guest_main(void)
{
    control_registers();
    descriptor_table();
    stack_segment();
    evidence_seal();
    __asm__ volatile("cli; hlt");
}
