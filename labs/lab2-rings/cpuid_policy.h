/*
 * What CPUID says to a pv guest (floor 2). Called by the emulation of the forced form, `ud2; "xen"; cpuid`, from ring 1
 * and ring 3. The plain instruction does not trap: it shows the machine as it is, and the guest knows the difference.
 * Source: abi.md 1.10; leaves and bits: Intel SDM vol. 2 (CPUID), AMD manual vol. 3 appendix E.
 */
#ifndef RINGLET_CPUID_POLICY_H
#define RINGLET_CPUID_POLICY_H

#include <stdint.h>

/* Order of a leaf's four registers in an array. */
enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX, CPUID_REGISTERS };

/* The hypervisor's own leaves: name, version, and features, of which there are none for pv guests. */
#define CPUID_HYPERVISOR      0x40000000u
#define CPUID_HYPERVISOR_LAST 0x40000002u
#define CPUID_XEN_VERSION     (4u << 16 | 17) /* whose interface this is: major << 16 | minor */

/* What a guest reads when it executes CPUID with EAX = leaf and ECX = subleaf. Any two numbers may be asked for. */
void cpuid_policy(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS]);

/* The instruction itself (cpuid_native.c; a table in host tests). */
void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS]);

#endif
