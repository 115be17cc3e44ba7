/* One inline function for each privileged or sensitive instruction the test kernels use. In ring 1 those on control and
   debug registers and MSRs are #GP(0), which the hypervisor emulates or bounces (abi.md 1.10). Nothing here is clever:
   executing exactly this instruction is the purpose. */
#ifndef PV_CPU_H
#define PV_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PE          0x00000001u
#define CR0_MP          0x00000002u
#define CR0_EM          0x00000004u
#define CR0_TS          0x00000008u /* FPU instructions are #NM */
#define CR0_WP          0x00010000u
#define CR0_PG          0x80000000u
#define CR4_TSD         0x00000004u /* rdtsc is privileged */
#define CR4_DE          0x00000008u /* I/O breakpoints */
#define CR4_PAE         0x00000020u
#define EFLAGS_FIXED    0x00000002u /* bit 1 reads as one on every processor */
#define EFLAGS_CF       0x00000001u
#define EFLAGS_TF       0x00000100u /* single step: #DB after the next instruction */
#define EFLAGS_IF       0x00000200u
#define EFLAGS_DF       0x00000400u
#define EFLAGS_IOPL     0x00003000u
#define EFLAGS_NT       0x00004000u
#define EFLAGS_RF       0x00010000u
#define EFLAGS_VM       0x00020000u
#define EFLAGS_AC       0x00040000u
#define EFLAGS_ID       0x00200000u

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

/* Segment registers, which need no privilege as long as the descriptor allows it. */
#define CPU_SEGMENT(name)                                                   \
    static inline uint16_t name##_read(void)                                \
    {                                                                       \
        uint32_t value;                                                     \
                                                                            \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value));              \
        return (uint16_t)value;                                             \
    }

#define CPU_SEGMENT_WRITE(name)                                             \
    static inline void name##_write(uint32_t value)                         \
    {                                                                       \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");     \
    }

CPU_SEGMENT(cs)
CPU_SEGMENT(ds)
CPU_SEGMENT(es)
CPU_SEGMENT(fs)
CPU_SEGMENT(gs)
CPU_SEGMENT(ss)
CPU_SEGMENT_WRITE(ds)
CPU_SEGMENT_WRITE(es)
CPU_SEGMENT_WRITE(fs)
CPU_SEGMENT_WRITE(gs)
CPU_SEGMENT_WRITE(ss)

/* The real ones: IF is always set, IOPL is 0, whatever the kernel's virtual ones are. */
static inline uint32_t eflags_read(void)
{
    uint32_t value;

    __asm__ volatile("pushf; pop %0" : "=r"(value));
    return value;
}

/* Outside ring 0 popf leaves IF and IOPL alone without a word (SDM vol. 2, POPF). */
static inline void eflags_write(uint32_t value)
{
    __asm__ volatile("push %0; popf" : : "r"(value) : "memory", "cc");
}

/* Leaves ESP as it is after the call: fit for "about here", not for arithmetic. */
static inline uint32_t esp_read(void)
{
    uint32_t value;

    __asm__ volatile("mov %%esp, %0" : "=r"(value));
    return value;
}

/* "=A" is EDX:EAX on 32-bit x86, the pair in which MSRs and the TSC travel. */
static inline uint64_t cpu_rdmsr(uint32_t number)
{
    uint64_t value;

    __asm__ volatile("rdmsr" : "=A"(value) : "c"(number));
    return value;
}

/* Not intercepted as long as CR4.TSD is clear. */
static inline uint64_t cpu_rdtsc(void)
{
    uint64_t value;

    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

/* EAX, EBX, ECX, EDX of a leaf. */
struct cpuid_values {
    uint32_t eax, ebx, ecx, edx;
};

/* The processor's own answer: without hardware's help nobody can intercept it. */
static inline struct cpuid_values cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_values values;

    __asm__ volatile("cpuid" : "=a"(values.eax), "=b"(values.ebx), "=c"(values.ecx), "=d"(values.edx)
                     : "a"(leaf), "c"(subleaf));
    return values;
}

/* The prefix ud2; "xen" asks the hypervisor instead of the processor (abi.md 1.10). */
static inline struct cpuid_values cpu_cpuid_forced(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_values values;

    __asm__ volatile("ud2; .ascii \"xen\"; cpuid"
                     : "=a"(values.eax), "=b"(values.ebx), "=c"(values.ecx), "=d"(values.edx)
                     : "a"(leaf), "c"(subleaf));
    return values;
}

#endif
