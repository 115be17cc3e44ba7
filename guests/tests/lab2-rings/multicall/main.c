/* multicall: entries in order, each with its result; no multicall within; an iret ends it; a list that cannot be
   read is -EFAULT, however long it claims to be. */
/* expect: success */
#include "test.h"

#define UNTOUCHED 0x5A5A5A5Au

static struct multicall_entry list[8];
static struct multicall_entry aligned_list[PAGE_SIZE / sizeof(struct multicall_entry)] __attribute__((aligned(4096)));

/* Errors of entries are told in entries; the call itself has succeeded. */
static void results_check(void)
{
    list[0] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
    list[1] = (struct multicall_entry){ .op = 63, .result = UNTOUCHED };
    list[2] = (struct multicall_entry){ .op = HYPERCALL_VM_ASSIST, .args = { VM_ASSIST_ENABLE, 31 } };
    list[3] = (struct multicall_entry){ .op = HYPERCALL_MULTICALL, .args = { (uint32_t)list, 1 } };
    list[4] = (struct multicall_entry){ .op = 0xFFFFFFFF };
    list[5] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .result = UNTOUCHED };
    test_result("five entries", hypercall_multicall(list, 5), 0);
    test_result("first", (int32_t)list[0].result, 4096);
    test_result("number 63", (int32_t)list[1].result, -ENOSYS);
    test_result("refused", (int32_t)list[2].result, -EINVAL);
    test_result("nested", (int32_t)list[3].result, -EINVAL);
    test_result("number 2^32 - 1", (int32_t)list[4].result, -ENOSYS);
    test_equal("entry behind the last", list[5].result, UNTOUCHED);
    test_result("no entries", hypercall_multicall(NULL, 0), 0);
}

/* The context is the one of the iret; entries behind it must not run, or they would run in it. */
static int32_t iret_run(void)
{
    int32_t result;

    list[0] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
    list[1] = (struct multicall_entry){ .op = HYPERCALL_IRET, .result = UNTOUCHED };
    list[2] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE }, .result = UNTOUCHED };
    __asm__ volatile("push $2; push %%cs; push $1f; push $0x13579BDF; int $0x82; ud2\n1:"
                     : "=a"(result) : "0"(HYPERCALL_MULTICALL), "b"(list), "c"(3) : "memory", "cc");
    return result;
}

/* The result is written back, so a list that can only be read is no list. */
static void pointers_check(void)
{
    uint32_t last = PAGE_SIZE / sizeof(struct multicall_entry) - 1;
    struct multicall_entry *straddling = (struct multicall_entry *)(ADDRESS_UNMAPPED - 16);

    aligned_list[last] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
    test_result("the last of a page", hypercall_multicall(&aligned_list[last], 1), 0);
    test_result("its result", (int32_t)aligned_list[last].result, 4096);
    test_result("not mapped", hypercall_multicall((void *)ADDRESS_UNMAPPED, 1), -EFAULT);
    test_result("straddling", hypercall_multicall(straddling, 1), -EFAULT);
    test_result("in the hole", hypercall_multicall((void *)ADDRESS_HOLE, 1), -EFAULT);
    test_result("into the hole", hypercall_multicall((void *)(HYPERVISOR_VIRT_START - 16), 1), -EFAULT);
    test_result("read-only", hypercall_multicall((void *)address_read_only(), 1), -EFAULT);
}

/* 2^27 + 1 entries: their size is 32 when counted with 32 bits. */
static void counts_check(void)
{
    list[0] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
    test_result("2^27 + 1", hypercall_multicall(list, 0x08000001), -EFAULT);
    test_result("2^32 - 1", hypercall_multicall(list, 0xFFFFFFFF), -EFAULT);
}

void test_run(void)
{
    results_check();
    test_equal("EAX of an iret inside", (uint32_t)iret_run(), 0x13579BDF);
    test_result("entry before the iret", (int32_t)list[0].result, 4096);
    test_equal("entry behind the iret", list[2].result, UNTOUCHED);
    pointers_check();
    counts_check();
    test_success();
}
