/* sources: cpuid_policy.c */
/*
 * Unit tests of the CPUID policy (floor 2) on machines made up here: one that answers every leaf with all ones, one
 * without extended leaves, one like QEMU's. What a guest may not see is listed by name, and walks must end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cpuid_policy.h"
#include "lab1-boot/xorshift.h"

#define BIT(n) (1u << (n))

/* A CPU: its last leaves, and what it says to all other questions. */
struct machine {
    uint32_t last, last_extended;
    uint32_t answer;
};

static const struct machine all_ones = { 0x20, 0x80000021, 0xffffffff };
static const struct machine plain = { 0xd, 0x80000008, 0x00000121 };
static const struct machine old = { 2, 0x00000121, 0x00000121 }; /* 0x80000000 answers like any other */
static const struct machine *cpu;
static unsigned questions; /* how often the CPU was asked */

void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    (void)subleaf;
    questions++;
    for (int i = 0; i < CPUID_REGISTERS; i++)
        regs[i] = cpu->answer;
    if (leaf == 0) {
        regs[CPUID_EAX] = cpu->last;
        memcpy(&regs[CPUID_EBX], "Genu", 4);
        memcpy(&regs[CPUID_EDX], "ineI", 4);
        memcpy(&regs[CPUID_ECX], "ntel", 4);
    } else if (leaf == 0x80000000) {
        regs[CPUID_EAX] = cpu->last_extended;
    }
}

static uint32_t ask(const struct machine *machine, uint32_t leaf, uint32_t subleaf, enum cpuid_register reg)
{
    uint32_t regs[CPUID_REGISTERS] = { 1, 2, 3, 4 };

    cpu = machine;
    cpuid_policy(leaf, subleaf, regs);
    return regs[reg];
}

static bool is_zero(const struct machine *machine, uint32_t leaf, uint32_t subleaf)
{
    uint32_t regs[CPUID_REGISTERS] = { 1, 2, 3, 4 };

    cpu = machine;
    cpuid_policy(leaf, subleaf, regs);
    return (regs[0] | regs[1] | regs[2] | regs[3]) == 0;
}

/* A feature of the manual. */
struct feature {
    const char *name;
    uint32_t leaf;
    enum cpuid_register reg;
    unsigned bit;
};

static const struct feature hidden[] = {
    { "VME", 1, CPUID_EDX, 1 }, { "PSE", 1, CPUID_EDX, 3 }, { "MCE", 1, CPUID_EDX, 7 }, { "APIC", 1, CPUID_EDX, 9 },
    { "SEP", 1, CPUID_EDX, 11 }, { "MTRR", 1, CPUID_EDX, 12 }, { "PGE", 1, CPUID_EDX, 13 },
    { "MCA", 1, CPUID_EDX, 14 }, { "PAT", 1, CPUID_EDX, 16 }, { "PSE36", 1, CPUID_EDX, 17 },
    { "PSN", 1, CPUID_EDX, 18 }, { "DS", 1, CPUID_EDX, 21 }, { "ACPI", 1, CPUID_EDX, 22 }, { "HTT", 1, CPUID_EDX, 28 },
    { "TM", 1, CPUID_EDX, 29 }, { "PBE", 1, CPUID_EDX, 31 },
    { "DTES64", 1, CPUID_ECX, 2 }, { "MONITOR", 1, CPUID_ECX, 3 }, { "DS-CPL", 1, CPUID_ECX, 4 },
    { "VMX", 1, CPUID_ECX, 5 }, { "SMX", 1, CPUID_ECX, 6 }, { "EST", 1, CPUID_ECX, 7 }, { "TM2", 1, CPUID_ECX, 8 },
    { "FMA", 1, CPUID_ECX, 12 }, { "PDCM", 1, CPUID_ECX, 15 }, { "PCID", 1, CPUID_ECX, 17 },
    { "DCA", 1, CPUID_ECX, 18 }, { "x2APIC", 1, CPUID_ECX, 21 }, { "TSC deadline", 1, CPUID_ECX, 24 },
    { "XSAVE", 1, CPUID_ECX, 26 }, { "OSXSAVE", 1, CPUID_ECX, 27 }, { "AVX", 1, CPUID_ECX, 28 },
    { "F16C", 1, CPUID_ECX, 29 },
    { "FSGSBASE", 7, CPUID_EBX, 0 }, { "HLE", 7, CPUID_EBX, 4 }, { "AVX2", 7, CPUID_EBX, 5 },
    { "SMEP", 7, CPUID_EBX, 7 }, { "INVPCID", 7, CPUID_EBX, 10 }, { "RTM", 7, CPUID_EBX, 11 },
    { "MPX", 7, CPUID_EBX, 14 }, { "AVX512F", 7, CPUID_EBX, 16 }, { "SMAP", 7, CPUID_EBX, 20 },
    { "UMIP", 7, CPUID_ECX, 2 }, { "PKU", 7, CPUID_ECX, 3 }, { "IBRS", 7, CPUID_EDX, 26 },
    { "SVM", 0x80000001, CPUID_ECX, 2 }, { "extended APIC", 0x80000001, CPUID_ECX, 3 },
    { "XOP", 0x80000001, CPUID_ECX, 11 }, { "FMA4", 0x80000001, CPUID_ECX, 16 },
    { "TOPOEXT", 0x80000001, CPUID_ECX, 22 }, { "PERFCTR", 0x80000001, CPUID_ECX, 23 },
    { "DBEXT", 0x80000001, CPUID_ECX, 26 }, { "MWAITX", 0x80000001, CPUID_ECX, 29 },
    { "SYSCALL", 0x80000001, CPUID_EDX, 11 }, { "NX", 0x80000001, CPUID_EDX, 20 },
    { "FFXSR", 0x80000001, CPUID_EDX, 25 }, { "1G pages", 0x80000001, CPUID_EDX, 26 },
    { "RDTSCP", 0x80000001, CPUID_EDX, 27 }, { "LM", 0x80000001, CPUID_EDX, 29 },
    { "PSE again", 0x80000001, CPUID_EDX, 3 }, { "APIC again", 0x80000001, CPUID_EDX, 9 },
};

static const struct feature shown[] = {
    { "FPU", 1, CPUID_EDX, 0 }, { "DE", 1, CPUID_EDX, 2 }, { "TSC", 1, CPUID_EDX, 4 }, { "PAE", 1, CPUID_EDX, 6 },
    { "CX8", 1, CPUID_EDX, 8 }, { "CMOV", 1, CPUID_EDX, 15 }, { "MMX", 1, CPUID_EDX, 23 },
    { "FXSR", 1, CPUID_EDX, 24 }, { "SSE", 1, CPUID_EDX, 25 }, { "SSE2", 1, CPUID_EDX, 26 },
    { "SSE3", 1, CPUID_ECX, 0 }, { "POPCNT", 1, CPUID_ECX, 23 }, { "ERMS", 7, CPUID_EBX, 9 },
    { "LAHF", 0x80000001, CPUID_ECX, 0 },
};

static void features(void **state)
{
    static const struct machine nothing = { 7, 0x80000008, 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (ask(&all_ones, hidden[i].leaf, 0, hidden[i].reg) & BIT(hidden[i].bit))
            fail_msg("%s is shown to guests", hidden[i].name);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (!(ask(&all_ones, shown[i].leaf, 0, shown[i].reg) & BIT(shown[i].bit)))
            fail_msg("%s is hidden from guests", shown[i].name);
        if (ask(&nothing, shown[i].leaf, 0, shown[i].reg) & BIT(shown[i].bit))
            fail_msg("%s is shown on a CPU that has it not", shown[i].name);
    }
    assert_int_equal(ask(&nothing, 1, 0, CPUID_ECX), BIT(31)); /* a hypervisor is there */
}

/* Vendor and signature are the machine's; the number of CPUs and the APIC id are not. */
static void identity(void **state)
{
    (void)state;
    assert_int_equal(ask(&plain, 0, 0, CPUID_EAX), 7);
    assert_int_equal(ask(&plain, 0, 0, CPUID_EBX), 0x756e6547);
    assert_int_equal(ask(&plain, 0, 0, CPUID_EDX), 0x49656e69);
    assert_int_equal(ask(&plain, 0, 0, CPUID_ECX), 0x6c65746e);
    assert_int_equal(ask(&plain, 1, 0, CPUID_EAX), 0x121);
    assert_int_equal(ask(&all_ones, 1, 0, CPUID_EBX), 0xffff);
    assert_int_equal(ask(&plain, 0x80000000, 0, CPUID_EAX), 0x80000008);
    assert_int_equal(ask(&all_ones, 0x80000003, 77, CPUID_EDX), 0xffffffff);
    assert_int_equal(ask(&all_ones, 0x80000008, 0, CPUID_ECX), 0);
}

/* What a CPU does not have reads as zeros, even if it answers such questions with something. */
static void ranges_end(void **state)
{
    (void)state;
    assert_int_equal(ask(&old, 0, 0, CPUID_EAX), 2);
    assert_false(is_zero(&old, 2, 0));
    assert_true(is_zero(&old, 4, 0) && is_zero(&old, 7, 0));
    assert_true(is_zero(&old, 0x80000000, 0) && is_zero(&old, 0x80000001, 0) && is_zero(&old, 0x80000008, 0));
    for (uint32_t leaf = 8; leaf < 0x100; leaf++)
        assert_true(is_zero(&all_ones, leaf, 0) && is_zero(&all_ones, 0x80000001 + leaf, 0));
    assert_true(is_zero(&all_ones, 3, 0) && is_zero(&all_ones, 5, 0) && is_zero(&all_ones, 6, 0));
    assert_true(is_zero(&all_ones, 0xd, 0) && is_zero(&all_ones, 0xffffffff, 0xffffffff));
    assert_true(is_zero(&all_ones, 0x20000000, 0) && is_zero(&all_ones, 0xc0000000, 0));
}

/* A kernel that asks until it is told to stop is told to stop, on a CPU that would go on for ever. */
static void walks_end(void **state)
{
    uint32_t subleaf = 0;

    (void)state;
    while (ask(&all_ones, 4, subleaf, CPUID_EAX) & 0x1f)
        assert_true(++subleaf < 16);
    assert_true(is_zero(&all_ones, 4, UINT32_MAX));
    assert_int_equal(ask(&all_ones, 4, 0, CPUID_EAX) & 0xffffc000, 0); /* nobody to share a cache with */
    assert_int_equal(ask(&all_ones, 7, 0, CPUID_EAX), 0);
    assert_true(is_zero(&all_ones, 7, 1));
    for (uint32_t i = 0; i < 64; i++)
        assert_true(is_zero(&all_ones, 0xb, i) && is_zero(&all_ones, 0xd, i));
}

static void hypervisor_leaves(void **state)
{
    uint32_t regs[CPUID_REGISTERS];

    (void)state;
    cpu = &old;
    questions = 0;
    cpuid_policy(0x40000000, 5, regs);
    assert_int_equal(regs[CPUID_EAX], 0x40000002);
    assert_memory_equal(&regs[CPUID_EBX], "XenVMMXenVMM", 12);
    assert_int_equal(ask(&old, 0x40000001, 0, CPUID_EAX), 0x00040011);
    for (uint32_t leaf = 0x40000002; leaf < 0x40000200; leaf++)
        assert_true(is_zero(&all_ones, leaf, 0));
    assert_int_equal(questions, 0);
}

/* Any two numbers: only leaves with a rule say anything, and the CPU is asked at most twice. */
static void random_questions(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        uint32_t leaf = xorshift_next(&seed) & (i & 1 ? 0x8000001f : 0xffffffff), subleaf = xorshift_next(&seed);
        bool is_known = (leaf & 0x7fffffff) <= 8 || (leaf >= 0x40000000 && leaf <= 0x40000002);

        if (!is_known && !is_zero(&all_ones, leaf, subleaf))
            fail_msg("leaf %x says something", leaf);
        questions = 0;
        (void)ask(&plain, leaf, subleaf, CPUID_EAX);
        assert_true(questions <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features),
        cmocka_unit_test(identity),
        cmocka_unit_test(ranges_end),
        cmocka_unit_test(walks_end),
        cmocka_unit_test(hypervisor_leaves),
        cmocka_unit_test(random_questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
