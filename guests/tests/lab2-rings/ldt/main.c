/* An LDT by mmuext SET_LDT: without one every selector with the table bit is #GP, with one its descriptors count, and
   bad ones fault or are refused. */
/* expect: success */
#include "test.h"

static uint64_t table[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static uint64_t bad_table[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static volatile uint32_t word = 0x33333333;
static volatile uint32_t found __attribute__((used));    /* written by the operations */

OPERATION(read_word, "mov $0xD, %%eax; mov %%eax, %%fs; mov %%fs:0, %%eax; mov %%eax, found")
OPERATION(load_beyond, "mov $0x85, %%eax; mov %%eax, %%fs")     /* index 16 */
OPERATION(load_bad, "mov $0x15, %%eax; mov %%eax, %%fs")        /* index 2 */
OPERATION(call_nowhere, "lcall $0x1007, $0")

/* A linear address, unlike set_gdt's frames. */
static int32_t ldt_set(const void *base, uint32_t entries)
{
    struct mmuext_op operation = { .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)base, .arg2 = entries };

    return hypercall_mmuext_op(&operation, 1);
}

/* A null LDTR, not a stale or zero-based table: the error code is the selector's (abi.md 2.8). */
static void without(void)
{
    test_expect("call by a table that is not there", call_nowhere, VECTOR_PROTECTION, 0x1004);
    test_expect("load from a table that is not there", read_word, VECTOR_PROTECTION, 0xC);
}

/* On a real Xen the page is looked at when it is first touched; then the fault is ours, at its address. */
static void bad_check(void)
{
    struct trap_record record = { .cr2 = 0 };
    int32_t result = ldt_set(bad_table, 16);

    if (result == 0) {
        test_check(trap_happens(load_bad, &record), "a TSS in the LDT was loaded");
        test_check(record.frame.vector == VECTOR_PAGE || record.frame.vector == VECTOR_PROTECTION, "not #PF, not #GP");
    } else {
        test_result("table with a TSS in it", result, -EINVAL);
    }
}

void test_run(void)
{
    table[1] = descriptor_pack((uint32_t)&word, 0xFFF, DATA_OF(1), FLAT_FLAGS);
    bad_table[2] = descriptor_pack(0, 0x67, ACCESS_PRESENT | 0x9, 0);
    descriptors_protect(table);
    descriptors_protect(bad_table);
    without();
    if (ldt_set(table, 16) == -ENOSYS)
        test_skip("mmuext_op belongs to a higher floor");
    test_expect_quiet("descriptor of the LDT", read_word);
    test_equal("word by the LDT", found, word);
    fs_write(SELECTOR_RING1_DATA);      /* a selector of a table that goes away could not be restored */
    test_expect("beyond its limit", load_beyond, VECTOR_PROTECTION, 0x84);
    test_result("address within a page", ldt_set((char *)table + 8, 16), -EINVAL);
    test_result("too many", ldt_set(table, 8193), -EINVAL);
    bad_check();
    test_result("none", ldt_set(NULL, 0), 0);
    without();
    test_success();
}
