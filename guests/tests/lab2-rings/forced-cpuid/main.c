/* ud2; "xen"; cpuid asks the hypervisor for its own view of the processor, from both rings; the prefix before anything
   else is an ordinary #UD at the prefix. */
/* expect: success */
#include "test.h"

OPERATION(probe, "ud2; .ascii \"xen\"; mov %%eax, %%eax")
OPERATION(short_prefix, "ud2; .ascii \"xe\"; cpuid")
USER_OPERATION(user_probe, "ud2; .ascii \"xen\"; mov %%eax, %%eax")

/* Programs may ask as well (abi.md 1.10). */
USER_CODE static uint32_t user_forced(uint32_t leaf)
{
    return cpu_cpuid_forced(leaf, 0).eax;
}

/* EIP at the prefix: kernels find out with it whether there is a hypervisor at all. */
static void prefix_check(const char *name, void (*operation)(void))
{
    struct trap_record record = test_expect(name, operation, VECTOR_OPCODE, 0);

    test_equal(name, *(uint16_t *)record.frame.eip, 0x0B0F);
}

/* Leaves that kernels walk must end (abi.md 1.10). */
static void limits_check(void)
{
    struct cpuid_values values = cpu_cpuid_forced(0, 0);

    test_check(values.eax >= 1 && values.eax < 0x100, "leaf 0: number of leaves");
    print("forced-cpuid: %u leaves\n", values.eax);
    values = cpu_cpuid_forced(0x80000000, 0);
    test_check(values.eax >= 0x80000000 && values.eax < 0x80000100, "leaf 0x80000000: number of leaves");
    for (uint32_t subleaf = 0; subleaf <= 64; subleaf++) {
        test_check(subleaf < 64, "leaf 4 does not end");
        if ((cpu_cpuid_forced(4, subleaf).eax & 0x1F) == 0)
            break;
    }
    cpu_cpuid_forced(0xFFFFFFFF, 0xFFFFFFFF);
}

void test_run(void)
{
    struct cpuid_values forced = cpu_cpuid_forced(1, 0);

    test_equal("family, model, stepping", forced.eax, cpu_cpuid(1, 0).eax);
    test_check(forced.edx & 1, "no FPU");
    limits_check();
    prefix_check("prefix before mov", probe);
    prefix_check("prefix cut short", short_prefix);
    prefix_check("ring 3, prefix before mov", user_probe);
    test_equal("ring 3, leaf 1", user_run(user_forced, 1), forced.eax);
    test_success();
}
