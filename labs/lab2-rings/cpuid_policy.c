/*
 * What CPUID says to a pv guest (floor 2). Pure but for cpuid_native().
 *
 * The policy is a table of what passes, so that a CPU newer than this file shows nothing that nobody thought about. A
 * leaf that is not in it is all zeros, as is one beyond the CPU's own last: every walk over leaves or subleaves ends.
 *
 * A feature passes when a guest can use it without the hypervisor's doing, or when the hypervisor does its part:
 * DE (virtual debug registers), PAE (the only page-table format), MSR (answered by the MSR policy), FXSR and SSE
 * (switched lazily). These do not, for these reasons:
 *      VME, SEP, SYSCALL, MCE, MCA, PGE, PSE, PSE36, SMEP, SMAP, PCID, FSGSBASE   CR4 bits or MSRs of the hypervisor's
 *      MTRR, PAT                     memory types are the hypervisor's
 *      APIC, x2APIC, HTT, topology   guests have events instead, and one CPU
 *      XSAVE, OSXSAVE, AVX, F16C, FMA, XOP, leaf 0xd   only what FXSAVE holds is switched
 *      NX, 1-GiB pages, LM           bits of EFER or of page tables that stay clear
 *      VMX, SVM, SMX, MONITOR, TM, ACPI, DS, PSN, RTM, HLE, performance counters, DBEXT, RDTSCP   MSRs or ring 0
 */
#include "cpuid_policy.h"

#include <stddef.h>

#define BIT(n) (1u << (n))
#define ALL    0xffffffffu

/* Leaf 1, EDX: FPU DE TSC MSR PAE CX8 CMOV MMX FXSR; AMD has these again in 0x80000001. */
#define COMMON_EDX  (BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(15) | BIT(23) | BIT(24))
#define FEATURE_EDX (COMMON_EDX | BIT(19) /* CLFLUSH */ | BIT(25) /* SSE */ | BIT(26) /* SSE2 */)

/* Leaf 1, ECX: SSE3 PCLMULQDQ SSSE3 SSE4.1 SSE4.2 MOVBE POPCNT AES RDRAND: no state beyond FXSAVE's. */
#define FEATURE_ECX \
    (BIT(0) | BIT(1) | BIT(9) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(25) | BIT(30))
#define FEATURE_HYPERVISOR BIT(31) /* always set: not the bare machine */

/* Leaf 1, EBX: brand index and CLFLUSH size. Above them the number of CPUs and this one's APIC id. */
#define SIGNATURE_EBX 0x0000ffffu

/* Leaf 4, EAX: the cache; above bit 13, how many CPUs share it. */
#define CACHE_EAX    0x00003fffu
#define CACHE_LEAVES 8 /* more than any CPU has caches; a guest that walks to the end finds one */

/* Leaf 7, EBX: BMI1 BMI2 ERMS RDSEED ADX CLFLUSHOPT CLWB SHA; bits 6 and 13 tell how the FPU saves its pointers. */
#define EXTENDED_EBX \
    (BIT(3) | BIT(6) | BIT(8) | BIT(9) | BIT(13) | BIT(18) | BIT(19) | BIT(23) | BIT(24) | BIT(29))

/* 0x80000001. ECX: LAHF LZCNT SSE4A MISALIGNSSE PREFETCHW. EDX: MMXEXT 3DNOWEXT 3DNOW, all in the FPU's registers. */
#define AMD_ECX (BIT(0) | BIT(5) | BIT(6) | BIT(7) | BIT(8))
#define AMD_EDX (COMMON_EDX | BIT(22) | BIT(30) | BIT(31))

#define INVARIANT_TSC BIT(8)      /* 0x80000007, EDX */
#define ADDRESS_SIZES 0x0000ffffu /* 0x80000008, EAX: bits of physical and linear addresses */

/* One leaf: what passes of the CPU's answer, then what is set whatever the CPU says. */
struct cpuid_rule {
    uint32_t leaf;
    uint32_t subleaves; /* ECX at this or above reads zeros; 0: ECX does not matter */
    uint32_t keep[CPUID_REGISTERS], set[CPUID_REGISTERS];
};

static const struct cpuid_rule rules[] = {
    { 0x00000000, 0, { ALL, ALL, ALL, ALL }, { 0 } }, /* vendor; EAX is replaced by the last leaf that passes */
    { 0x00000001, 0, { ALL, SIGNATURE_EBX, FEATURE_ECX, FEATURE_EDX }, { 0, 0, FEATURE_HYPERVISOR, 0 } },
    { 0x00000002, 0, { ALL, ALL, ALL, ALL }, { 0 } }, /* caches, the old way */
    { 0x00000004, CACHE_LEAVES, { CACHE_EAX, ALL, ALL, ALL }, { 0 } },
    { 0x00000007, 1, { 0, EXTENDED_EBX, 0, 0 }, { 0 } }, /* EAX: subleaf 0 is the last */
    { 0x80000000, 0, { ALL, ALL, ALL, ALL }, { 0 } },
    { 0x80000001, 0, { ALL, 0, AMD_ECX, AMD_EDX }, { 0 } },
    { 0x80000002, 0, { ALL, ALL, ALL, ALL }, { 0 } }, /* to 4: the CPU's name */
    { 0x80000003, 0, { ALL, ALL, ALL, ALL }, { 0 } },
    { 0x80000004, 0, { ALL, ALL, ALL, ALL }, { 0 } },
    { 0x80000005, 0, { ALL, ALL, ALL, ALL }, { 0 } }, /* AMD: caches */
    { 0x80000006, 0, { ALL, ALL, ALL, ALL }, { 0 } },
    { 0x80000007, 0, { 0, 0, 0, INVARIANT_TSC }, { 0 } },
    { 0x80000008, 0, { ADDRESS_SIZES, 0, 0, 0 }, { 0 } },
};

#define RULES      (sizeof(rules) / sizeof(rules[0]))
#define RANGE_BIT  0x80000000u /* leaves come in two ranges that say themselves how far they go */
#define RANGE_LAST 0x00000007u /* how far they may go here */
#define RANGE_LAST_EXTENDED 0x80000008u

static const struct cpuid_rule *rule_find(uint32_t leaf)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].leaf == leaf)
            return &rules[i];
    return NULL;
}

/*
 * The last leaf of a range, for the guest. A CPU without extended leaves answers 0x80000000 with anything, usually the
 * data of its last basic leaf: then this is below `first`, or nonsense far above, which the comparison cuts off.
 */
static uint32_t range_last(uint32_t first)
{
    uint32_t last = first == 0 ? RANGE_LAST : RANGE_LAST_EXTENDED;
    uint32_t regs[CPUID_REGISTERS];

    cpuid_native(first, 0, regs);
    return regs[CPUID_EAX] < last ? regs[CPUID_EAX] : last;
}

static void registers_set(uint32_t regs[CPUID_REGISTERS], uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
    regs[CPUID_EAX] = eax;
    regs[CPUID_EBX] = ebx;
    regs[CPUID_ECX] = ecx;
    regs[CPUID_EDX] = edx;
}

/*
 * By this name guests find the interface. Leaf +2 would tell where to have a hypercall page written by WRMSR; a pv
 * guest's page is found by its ELF note, so that is zeros, like the features that only guests with hardware help have.
 */
static void hypervisor_leaf(uint32_t leaf, uint32_t regs[CPUID_REGISTERS])
{
    if (leaf == CPUID_HYPERVISOR)
        registers_set(regs, CPUID_HYPERVISOR_LAST, 0x566e6558, 0x65584d4d, 0x4d4d566e); /* "XenV" "MMXe" "nVMM" */
    else if (leaf == CPUID_HYPERVISOR + 1)
        registers_set(regs, CPUID_XEN_VERSION, 0, 0, 0);
}

/* A leaf that the CPU has and a rule is about. */
static void native_leaf(const struct cpuid_rule *rule, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    cpuid_native(rule->leaf, rule->subleaves == 0 ? 0 : subleaf, regs);
    for (unsigned i = 0; i < CPUID_REGISTERS; i++)
        regs[i] = (regs[i] & rule->keep[i]) | rule->set[i];
}

void cpuid_policy(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    const struct cpuid_rule *rule = rule_find(leaf);
    uint32_t first = leaf & RANGE_BIT, last;

    registers_set(regs, 0, 0, 0, 0);
    hypervisor_leaf(leaf, regs);
    if (rule == NULL || (rule->subleaves != 0 && subleaf >= rule->subleaves))
        return;
    last = range_last(first);
    if (leaf > last)
        return;
    native_leaf(rule, subleaf, regs);
    if (leaf == first)
        regs[CPUID_EAX] = last;
}
