/* One inline function for each privileged or sensitive instruction the guests use. Header only. Nothing here is
   clever: the instruction must stay recognisable, since executing exactly it is the purpose of these kernels. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdint.h>

#define CR0_PE          0x00000001u
#define CR0_EM          0x00000004u
#define CR0_TS          0x00000008u
#define CR0_PG          0x80000000u
#define CR4_PSE         0x00000010u
#define EFLAGS_FIXED    0x00000002u
#define EFLAGS_CF       0x00000001u
#define EFLAGS_TF       0x00000100u
#define EFLAGS_IF       0x00000200u
#define EFLAGS_IOPL     0x00003000u
#define EFLAGS_NT       0x00004000u
#define EFLAGS_VM       0x00020000u
#define MSR_TSC         0x10

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
CPU_REGISTER(dr0)
CPU_REGISTER(dr1)
CPU_REGISTER(dr2)
CPU_REGISTER(dr3)
CPU_REGISTER(dr6)
CPU_REGISTER(dr7)

/* What lgdt and lidt read from memory. */
struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static inline void cpu_cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

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

static inline void cpu_lgdt(const struct table_pointer *pointer)
{
    __asm__ volatile("lgdt %0" : : "m"(*pointer));
}

static inline void cpu_lidt(const struct table_pointer *pointer)
{
    __asm__ volatile("lidt %0" : : "m"(*pointer));
}

static inline void cpu_ltr(uint16_t selector)
{
    __asm__ volatile("ltr %w0" : : "r"(selector));
}

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

static inline uint64_t cpu_rdtsc(void)
{
    uint64_t value;

    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

#endif
