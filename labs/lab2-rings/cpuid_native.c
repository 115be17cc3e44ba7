/*
 * CPUID as the CPU answers it (floor 2). A file of its own, so that the policy on top of it can be tested on the host
 * with any CPU. Slow where this machine is virtual itself: only a guest's forced CPUID comes here.
 */
#include "cpuid_policy.h"

/* ECX counts for some leaves only, but must never be what happened to be in it: it is always set. */
void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    __asm__ volatile("cpuid"
                     : "=a"(regs[CPUID_EAX]), "=b"(regs[CPUID_EBX]), "=c"(regs[CPUID_ECX]), "=d"(regs[CPUID_EDX])
                     : "a"(leaf), "c"(subleaf));
}
