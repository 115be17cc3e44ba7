/* set_gdt with several pages: descriptors of the second work like those of the first, each page is checked by its own
   contents, and what is not there faults. */
/* expect: success */
#include "test.h"

static uint64_t second_page[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static uint64_t bad_page[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static uint64_t third_page[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static volatile uint32_t words[2] = { 0x11111111, 0x22222222 };
static volatile uint32_t found __attribute__((used));    /* written by the operations */

#define FIRST_INDEX     5
#define SECOND_INDEX    (DESCRIPTORS_PER_PAGE + 7)

/* Based at one of the words, so what is read says which descriptor was used. */
OPERATION(read_first, "mov $0x29, %%eax; mov %%eax, %%fs; mov %%fs:0, %%eax; mov %%eax, found")
OPERATION(read_second, "mov $0x1039, %%eax; mov %%eax, %%fs; mov %%fs:0, %%eax; mov %%eax, found")
OPERATION(load_beyond, "mov $0x2009, %%eax; mov %%eax, %%fs")       /* third page, which is not there */
OPERATION(load_empty, "mov $0x31, %%eax; mov %%eax, %%fs")          /* all zero: not code, not data */

/* Frames in the order of the pages; they need not be neighbours. */
static int32_t pages_load(const void *first, const void *second, uint32_t entries)
{
    uint32_t frames[2] = { frame_of(first), frame_of(second) };

    return hypercall_set_gdt(frames, entries);
}

/* A selector in a page that was not handed over must look like an empty one. */
static void pages_check(void)
{
    test_result("two pages", pages_load(gdt_page, second_page, 2 * DESCRIPTORS_PER_PAGE), 0);
    test_expect_quiet("descriptor of the first page", read_first);
    test_equal("word by the first page", found, words[0]);
    test_expect_quiet("descriptor of the second page", read_second);
    test_equal("word by the second page", found, words[1]);
    test_expect("empty descriptor", load_empty, VECTOR_PROTECTION, 0x30);
    test_expect("page that is not there", load_beyond, VECTOR_PROTECTION, 0x2008);
    fs_write(SELECTOR_RING1_DATA);
}

/* Xen 1.0 checked the first page's frame once for each page: a bad second one got through. */
static void refusals_check(void)
{
    uint32_t frames[1] = { 0xFFFFF };   /* nobody's */

    test_result("bad second page", pages_load(third_page, bad_page, 2 * DESCRIPTORS_PER_PAGE), -EINVAL);
    test_result("bad first page", pages_load(bad_page, third_page, 2 * DESCRIPTORS_PER_PAGE), -EINVAL);
    test_result("frame of nobody", hypercall_set_gdt(frames, 8), -EINVAL);
    test_result("too many", pages_load(gdt_page, second_page, FIRST_RESERVED_GDT_ENTRY + 1), -EINVAL);
    test_result("2^32 - 1", pages_load(gdt_page, second_page, 0xFFFFFFFF), -EINVAL);
    test_result("list in the hole", hypercall_set_gdt((void *)ADDRESS_HOLE, 8), -EFAULT);
}

/* A GDT with no pages, and then the hypervisor's own selectors, which must stay. */
static void empty_check(void)
{
    test_result("no entries", hypercall_set_gdt(NULL, 0), 0);
    test_expect("descriptor of a table taken away", read_first, VECTOR_PROTECTION, 0x28);
    fs_write(SELECTOR_RING3_DATA);
    test_result("again", pages_load(gdt_page, second_page, 2 * DESCRIPTORS_PER_PAGE), 0);
    test_expect_quiet("descriptor of a table given back", read_second);
    fs_write(SELECTOR_RING1_DATA);
}

void test_run(void)
{
    gdt_page[FIRST_INDEX] = descriptor_pack((uint32_t)&words[0], 0xFFF, DATA_OF(1), FLAT_FLAGS);
    second_page[7] = descriptor_pack((uint32_t)&words[1], 0xFFF, DATA_OF(1), FLAT_FLAGS);
    bad_page[511] = descriptor_pack(0, 0x67, ACCESS_PRESENT | 0x9, 0);      /* a TSS */
    descriptors_protect(gdt_page);
    descriptors_protect(second_page);
    descriptors_protect(third_page);
    descriptors_protect(bad_page);
    pages_check();
    refusals_check();
    empty_check();
    test_success();
}
