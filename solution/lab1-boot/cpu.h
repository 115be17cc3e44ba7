/*
 * Every instruction that C cannot say (floor 1). Nothing here decides anything. Not for host-side tests: code that
 * includes this file touches the real machine.
 *
 * "volatile" and the memory clobbers keep the compiler from moving these past each other, or past the memory they are
 * about. The bits below are those of the real registers and, with the same numbers, of a bare guest's virtual ones.
 *
 *      CR0     31 PG | 16 WP | 5 NE | 4 ET | 3 TS | 2 EM | 1 MP | 0 PE               (SDM vol. 3 section 2.5)
 *      EFLAGS  17 VM | 16 RF | 14 NT | 13-12 IOPL | 11 OF | 10 DF | 9 IF | 8 TF      (SDM vol. 1 section 3.4.3)
 */
#ifndef RINGLET_CPU_H
#define RINGLET_CPU_H

#include <stdint.h>

#define CR0_PE 0x00000001u /* protected mode */
#define CR0_MP 0x00000002u /* TS stops WAIT too */
#define CR0_EM 0x00000004u /* no FPU: every FPU instruction is #NM */
#define CR0_TS 0x00000008u /* task switched: the next FPU instruction is #NM */
#define CR0_ET 0x00000010u /* an FPU is there: always one since the 486 */
#define CR0_NE 0x00000020u /* FPU errors are #MF; else an external interrupt, as on the AT */
#define CR0_WP 0x00010000u /* read-only pages bind ring 0-2 too */
#define CR0_PG 0x80000000u /* paging */
#define CR4_PAE 0x00000020u /* 8-byte entries and three levels */
#define CR4_OSFXSR 0x00000200u /* FXSAVE takes SSE along, and SSE instructions work */
#define CR4_OSXMMEXCPT 0x00000400u /* their errors are #XM */

#define EFLAGS_FIXED 0x00000002u /* always one */
#define EFLAGS_TF    0x00000100u /* #DB after each instruction */
#define EFLAGS_DF    0x00000400u /* string instructions go downward */
#define EFLAGS_IF    0x00000200u /* interrupts are let in */
#define EFLAGS_IOPL  0x00003000u /* the outermost ring that may use CLI, STI, IN and OUT */
#define EFLAGS_NT    0x00004000u /* IRET would return to another task */
#define EFLAGS_RF    0x00010000u /* no instruction breakpoint for the next instruction */
#define EFLAGS_VM    0x00020000u /* virtual-8086 mode */

/* Ports below 256 fit into the instruction ("N"), others go through DX. */
static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* Not serializing: it may be read a few instructions early or late, which is nothing beside a tick. */
static inline uint64_t tsc_read(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint32_t cr0_read(void)
{
    uint32_t value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

/* The memory clobber: what is written before must be in memory before PG, WP or TS changes its meaning. */
static inline void cr0_write(uint32_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

/* The linear address of the last page fault. Guests overwrite it with their next one: read it at once. */
static inline uint32_t cr2_read(void)
{
    uint32_t value;

    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint32_t cr3_read(void)
{
    uint32_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

/* Also flushes the whole TLB: no mapping here is global. */
static inline void cr3_write(uint32_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

/* Debug registers 0-3 hold addresses, 6 says what has happened, 7 what to look for (SDM vol. 3 section 17.2). */
static inline void dr_write(unsigned number, uint32_t value)
{
    switch (number) {
    case 0: __asm__ volatile("mov %0, %%dr0" : : "r"(value)); break;
    case 1: __asm__ volatile("mov %0, %%dr1" : : "r"(value)); break;
    case 2: __asm__ volatile("mov %0, %%dr2" : : "r"(value)); break;
    case 3: __asm__ volatile("mov %0, %%dr3" : : "r"(value)); break;
    case 6: __asm__ volatile("mov %0, %%dr6" : : "r"(value)); break;
    default: __asm__ volatile("mov %0, %%dr7" : : "r"(value)); break;
    }
}

static inline uint32_t dr6_read(void)
{
    uint32_t value;

    __asm__ volatile("mov %%dr6, %0" : "=r"(value));
    return value;
}

/* Bits are only ever added: nothing here switches a feature off again. */
static inline void cr4_set(uint32_t bits)
{
    uint32_t value;

    __asm__ volatile("mov %%cr4, %0; or %1, %0; mov %0, %%cr4" : "=&r"(value) : "r"(bits) : "memory");
}

/* One page's TLB entry, of the address space that is loaded (SDM vol. 3 section 4.10.4.1). */
static inline void page_invalidate(uint32_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/*
 * FS and GS of a guest stay loaded while ring 0 works, which uses neither. Where their descriptors may be gone before
 * the next trap in ring 0 restores them, they must be null: that is always possible to restore.
 */
static inline void fs_gs_clear(void)
{
    __asm__ volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(0) : "memory");
}

/* Wait for one interrupt, with interrupts on only for that instruction (STI takes effect after HLT has begun). */
static inline void cpu_wait(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* With interrupts off only an NMI or a reset ends a HLT; after an NMI it is halted again. */
static inline void __attribute__((noreturn)) cpu_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

#endif
