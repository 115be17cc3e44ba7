/* Executes emulated instructions with memory operands in every shape: segment override with a base that is not zero,
   16-bit addresses, base with scaled index and displacement, ESP and EBP as bases. Each must find its operand where
   the processor would. */
/* expect: success */
/* native: yes */
#include "test.h"

#define LOW         0x7000u     /* memory below 64 KiB, reachable by 16-bit addresses */
#define FS_BASE     0x1000u     /* of SELECTOR_SHIFTED_DATA */

static uint16_t with_ts = CR0_PE | CR0_TS;

static void fs_load(void)
{
    __asm__ volatile("mov %w0, %%fs" : : "r"(SELECTOR_SHIFTED_DATA));
}

/* TS shows whether lmsw found the word. */
static void check_ts(const char *why)
{
    test_check((cr0_read() & CR0_TS) != 0, why);
    __asm__ volatile("clts");
    test_check((cr0_read() & CR0_TS) == 0, "clts had no effect");
}

static void check_lmsw(void)
{
    uint32_t word = (uint32_t)&with_ts;

    __asm__ volatile("lmsw (%0)" : : "r"(word));
    check_ts("lmsw (reg)");
    __asm__ volatile("lmsw %0" : : "m"(with_ts));
    check_ts("lmsw address");
    __asm__ volatile("lmsw -64(%0, %1, 8)" : : "r"(word), "r"(8));
    check_ts("lmsw disp8(base, index, 8)");
    __asm__ volatile("lmsw 0x100000(, %0, 4)" : : "r"((word - 0x100000) / 4));
    check_ts("lmsw disp32(, index, 4)");
    __asm__ volatile("push %0; lmsw (%%esp); pop %0" : : "r"(CR0_PE | CR0_TS) : "memory");
    check_ts("lmsw (esp)");
    __asm__ volatile("push %%ebp; mov %0, %%ebp; lmsw 0(%%ebp); pop %%ebp" : : "r"(word));
    check_ts("lmsw disp8(ebp)");
    __asm__ volatile("lmsw %%fs:(%0)" : : "r"(word - FS_BASE));
    check_ts("lmsw fs:(reg)");
}

static void check_short_addresses(void)
{
    *(volatile uint16_t *)(LOW + 0x20) = CR0_PE | CR0_TS;
    __asm__ volatile(".byte 0x67, 0x0F, 0x01, 0x36, 0x20, 0x70");     /* assemblers disagree about this form */
    check_ts("lmsw disp16");
    __asm__ volatile("addr16 lmsw 0x10(%%bx, %%si)" : : "b"(0xABCD7000), "S"(0xABCD0010));
    check_ts("lmsw disp8(bx, si)");
    __asm__ volatile("addr16 lmsw (%%di)" : : "D"(0x12347020));
    check_ts("lmsw (di)");
    __asm__ volatile("addr16 lmsw %%fs:(%%bx)" : : "b"(LOW + 0x20 - FS_BASE));
    check_ts("lmsw fs:(bx)");
    __asm__ volatile("addr16 lmsw %%fs:(%%bx, %%si)" : : "b"(0xF000), "S"(LOW + 0x20 - FS_BASE + 0x1000));
    check_ts("lmsw fs:(bx, si) that wraps at 64 KiB before the base is added");
}

/* A table pointer at LOW, read through fs and a 16-bit address; then ud2 shows whether the table came into force. */
static uint64_t other_gates[VECTOR_COUNT];

static void undefined(void)
{
    __asm__ volatile("ud2");
}

static void check_lidt(void)
{
    struct table_pointer *pointer = (struct table_pointer *)LOW;

    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        other_gates[vector] = trap_gates[vector];
    other_gates[VECTOR_OPCODE] = trap_gates[0x77];
    *pointer = (struct table_pointer){ sizeof(other_gates) - 1, (uint32_t)other_gates };
    __asm__ volatile("addr16 lidt %%fs:(%%bx)" : : "b"(LOW - FS_BASE) : "memory");
    test_expect("lidt fs:(bx)", undefined, 0x77, 0);
    *pointer = (struct table_pointer){ sizeof(trap_gates) - 1, (uint32_t)trap_gates };
    __asm__ volatile("lidt %%cs:(%0)" : : "r"(pointer) : "memory");
    test_expect("lidt cs:(reg)", undefined, VECTOR_OPCODE, 0);
}

static void check_strings(void)
{
    static const char text[] = "outs through fs\r\n";
    uint32_t source = (uint32_t)text - FS_BASE;
    uint32_t count = sizeof(text) - 1;

    for (; count > 0; count--)
        __asm__ volatile("fs outsb" : "+S"(source) : "d"(PORT_UART) : "memory");
    test_check(source == (uint32_t)text - FS_BASE + sizeof(text) - 1, "outs with a segment override did not advance");
}

void test_run(void)
{
    fs_load();
    check_lmsw();
    check_short_addresses();
    check_lidt();
    check_strings();
    test_success();
}
