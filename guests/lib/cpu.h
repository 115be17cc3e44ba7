/* One inline function for each privileged or sensitive instruction the guests use. Header only. Nothing here is
   clever: the instruction must stay recognisable, since executing exactly it is the purpose of these kernels.
   Ring 0 is assumed; in ring 3 each but rdtsc is #GP, which is what a hypervisor lives on. "memory" clobbers stand
   where the compiler must not move accesses across. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdint.h>

/* CR0, CR4 and EFLAGS bits (SDM vol. 3, "Control Registers"; vol. 1, "EFLAGS Register"). Only those that the kernels
   here set or look at. */
#define CR0_PE          0x00000001u /* protected mode: a kernel started by multiboot finds it set */
#define CR0_EM          0x00000004u /* no FPU: its instructions are #NM */
#define CR0_TS          0x00000008u /* FPU state belongs to another task: #NM, until clts */
#define CR0_PG          0x80000000u /* paging; no kernel here lives with it on */
#define CR4_PSE         0x00000010u /* 4 MiB pages: harmless while paging is off, so fit for trying a write */
#define EFLAGS_FIXED    0x00000002u /* bit 1 reads as one on every processor */
#define EFLAGS_CF       0x00000001u
#define EFLAGS_TF       0x00000100u /* single step: #DB after the next instruction */
#define EFLAGS_IF       0x00000200u
#define EFLAGS_IOPL     0x00003000u /* a ring above this may neither cli nor, without an I/O bitmap, in */
#define EFLAGS_NT       0x00004000u
#define EFLAGS_VM       0x00020000u /* an iret that sets it would enter virtual-8086 mode */
#define MSR_TSC         0x10    /* the counter that rdtsc reads; rdmsr, unlike rdtsc, is always privileged */

/* CR and DR numbers are part of the instruction, so each register needs its own pair of functions. */
#define CPU_REGISTER(name)                                                  \
    static inline uint32_t name##_read(void)                                \
    {                                                                       \
        uint32_t value;                                                     \
                                                                            \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value));              \
        return value;                                                       \
    }                                                                       \
                                                                            \
    static inline void name##_write(uint32_t value)                         \
    {                                                                       \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");     \
    }

CPU_REGISTER(cr0)
CPU_REGISTER(cr2)
CPU_REGISTER(cr3)
CPU_REGISTER(cr4)
/* DR4 and DR5 are aliases of DR6 and DR7 or #UD, depending on CR4.DE; nobody here needs them. */
CPU_REGISTER(dr0)
CPU_REGISTER(dr1)
CPU_REGISTER(dr2)
CPU_REGISTER(dr3)
CPU_REGISTER(dr6)
CPU_REGISTER(dr7)

/* What lgdt and lidt read from memory.
   Six bytes, so packed: with the compiler's padding the base would be read from the wrong place.

       47                       16 15        0
      +---------------------------+-----------+
      |       linear base         |   limit   |   limit = size - 1
      +---------------------------+-----------+ */
struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

/* De-privileged to a ring above IOPL this is #GP, and so a hypervisor learns of it; popf would say nothing. */
static inline void cpu_cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* "memory" on both: what a critical section reads and writes must stay inside it. */
static inline void cpu_sti(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* One nop after sti ends its one-instruction shadow, so pending interrupts are taken here. */
static inline void cpu_let_interrupts_in(void)
{
    __asm__ volatile("sti; nop; nop" : : : "memory");
}

/* sti delays interrupts by one instruction, so nothing can slip in between the two and the wake-up cannot be lost. */
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

/* The pointer is read once, here; the table it names is read at every later load of a segment register. So the
   pointer may be a local of the caller and the table may not. */
static inline void cpu_lgdt(const struct table_pointer *pointer)
{
    __asm__ volatile("lgdt %0" : : "m"(*pointer));
}

/* As for lgdt: pointer now, table at each event. */
static inline void cpu_lidt(const struct table_pointer *pointer)
{
    __asm__ volatile("lidt %0" : : "m"(*pointer));
}

/* Writes to memory too: it sets the busy bit of the descriptor (SDM vol. 2, "LTR"). */
static inline void cpu_ltr(uint16_t selector)
{
    __asm__ volatile("ltr %w0" : : "r"(selector));
}

/* "=A" is EDX:EAX on 32-bit x86, the pair in which MSRs and the TSC travel. An unknown number is #GP. */
static inline uint64_t cpu_rdmsr(uint32_t number)
{
    uint64_t value;

    __asm__ volatile("rdmsr" : "=A"(value) : "c"(number));
    return value;
}

static inline void cpu_wrmsr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "A"(value));
}

/* In units of the processor's own clock: fit for saying "long ago", never for printing. */
static inline uint64_t cpu_rdtsc(void)
{
    uint64_t value;

    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

#endif
