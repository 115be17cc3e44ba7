/* Privileged instructions that a kernel in ring 1 may still execute, because the hypervisor does them (abi.md 1.10):
   each has the effect it should, from ring 3 none has. */
/* expect: success */
#include "test.h"

/* CR0 bits other than TS are the machine's. lmsw is not among what is done for a kernel. */
OPERATION(clear_switch, "clts")
OPERATION(write_back, "wbinvd")
OPERATION(change_paging, "mov %%cr0, %%eax; xor $0x80000000, %%eax; mov %%eax, %%cr0")
OPERATION(change_write_protect, "mov %%cr0, %%eax; xor $0x10000, %%eax; mov %%eax, %%cr0")
OPERATION(load_word, "mov %%cr0, %%eax; lmsw %%ax")
USER_OPERATION(user_cr0, "mov %%cr0, %%eax")
USER_OPERATION(user_cr3, "mov %%cr3, %%eax")
USER_OPERATION(user_cr4, "mov %%eax, %%cr4")
USER_OPERATION(user_clts, "clts")
USER_OPERATION(user_wbinvd, "wbinvd")

/* What is read must be what was written last, and what was refused must have changed nothing. */
static void cr0_check(void)
{
    uint32_t value = cr0_read();

    test_equal("PE and PG", value & (CR0_PE | CR0_PG), CR0_PE | CR0_PG);
    cr0_write(value);                   /* no change is no crime */
    cr0_write(value | CR0_TS);
    test_equal("TS set", cr0_read(), value | CR0_TS);
    test_expect_quiet("clts", clear_switch);
    test_equal("TS clear", cr0_read(), value & ~CR0_TS);
    test_expect("PG changed", change_paging, VECTOR_PROTECTION, 0);
    test_expect("WP changed", change_write_protect, VECTOR_PROTECTION, 0);
    test_equal("CR0 after refusals", cr0_read(), value & ~CR0_TS);
}

/* CR2 is memory of the hypervisor's; CR3 names the L3's frame the way a 32-bit kernel with 36-bit frames writes it. */
static void cr2_cr3_check(void)
{
    uint32_t frame = frame_of((void *)start_info->pt_base);

    cr2_write(0x12345678);
    test_equal("CR2", cr2_read(), 0x12345678);
    if (shared_info != NULL)
        test_equal("CR2 in shared_info", shared_info->vcpu_info[0].arch.cr2, 0x12345678);
    test_equal("CR3", cr3_read(), frame << 12 | frame >> 20);
}

/* DE is one that counts; PAE is what the kernel lives on. */
static void cr4_check(void)
{
    uint32_t value = cr4_read();

    test_equal("PAE", value & CR4_PAE, CR4_PAE);
    cr4_write(value | CR4_DE);
    test_equal("DE set", cr4_read() & CR4_DE, CR4_DE);
    cr4_write(value);
    test_equal("DE as before", cr4_read() & CR4_DE, value & CR4_DE);
}

/* The same instructions in a program are its mistake, and the kernel's to deal with. */
static void in_ring3(void)
{
    test_expect("ring 3, mov from cr0", user_cr0, VECTOR_PROTECTION, 0);
    test_expect("ring 3, mov from cr3", user_cr3, VECTOR_PROTECTION, 0);
    test_expect("ring 3, mov to cr4", user_cr4, VECTOR_PROTECTION, 0);
    test_expect("ring 3, clts", user_clts, VECTOR_PROTECTION, 0);
    test_expect("ring 3, wbinvd", user_wbinvd, VECTOR_PROTECTION, 0);
}

void test_run(void)
{
    cr0_check();
    cr2_cr3_check();
    cr4_check();
    test_expect_quiet("wbinvd", write_back);
    test_expect("lmsw", load_word, VECTOR_PROTECTION, 0);
    in_ring3();
    test_success();
}
