/* update_descriptor: a change of a live descriptor is seen at the next load; addresses and descriptors that will not do
   are refused and change nothing. */
/* expect: success */
#include "test.h"

#define INDEX 3

static volatile uint32_t words[2] = { 0x11111111, 0x22222222 };
static uint64_t ordinary[2] __attribute__((aligned(16)));
static volatile uint32_t found __attribute__((used));    /* written by the operations */

OPERATION(read_word, "mov $0x19, %%eax; mov %%eax, %%fs; mov %%fs:0, %%eax; mov %%eax, found")
OPERATION(load_only, "mov $0x19, %%eax; mov %%eax, %%fs")

/* Which descriptor is live shows in the word at its base. */
static uint64_t data_at(const volatile uint32_t *word)
{
    return descriptor_pack((uint32_t)word, 0xFFF, DATA_OF(1), FLAT_FLAGS);
}

/* The hidden part of FS stays until the next load, so each look loads anew. */
static void change_check(void)
{
    test_result("change", gdt_set(INDEX, data_at(&words[1])), 0);
    test_expect_quiet("descriptor after the change", read_word);
    test_equal("word after the change", found, words[1]);
    fs_write(SELECTOR_RING1_DATA);
    test_result("taken away", gdt_set(INDEX, 0), 0);
    test_expect("empty descriptor", load_only, VECTOR_PROTECTION, 0x18);
    test_result("given back", gdt_set(INDEX, data_at(&words[0])), 0);
    test_expect_quiet("descriptor given back", read_word);
    test_equal("word after that", found, words[0]);
}

/* A page that is in no table is plain memory: 8 bytes are written, but only such as could stand in a table. */
static void ordinary_check(void)
{
    test_result("page in no table", hypercall_update_descriptor(machine_address(&ordinary[1]), data_at(words)), 0);
    test_check(ordinary[1] == data_at(words), "8 bytes of an ordinary page are not what was written");
    test_check(ordinary[0] == 0, "8 bytes beside them changed");
}

/* Not aligned, not ours, not memory, not for descriptors. */
static void refusals_check(void)
{
    uint64_t place = machine_address(&gdt_page[INDEX]);
    uint64_t tss = descriptor_pack(0, 0x67, ACCESS_PRESENT | 0x9, 0);

    test_check(hypercall_update_descriptor(place + 4, data_at(words)) < 0, "an address that is no multiple of 8");
    test_check(hypercall_update_descriptor(0, data_at(words)) < 0, "frame 0 is not ours");
    test_check(hypercall_update_descriptor(0xFFFFFFFFFFFFFFF8, data_at(words)) < 0, "no such frame");
    test_check(hypercall_update_descriptor(machine_address((void *)start_info->pt_base), data_at(words)) < 0,
               "a page table was written");
    test_check(hypercall_update_descriptor(start_info->shared_info, data_at(words)) < 0, "shared_info is not ours");
    test_result("a TSS", gdt_set(INDEX, tss), -EINVAL);
    test_expect_quiet("descriptor after refusals", read_word);
    test_equal("word after refusals", found, words[0]);
}

void test_run(void)
{
    gdt_page[INDEX] = data_at(&words[0]);
    test_result("set_gdt", gdt_load(16), 0);
    test_expect_quiet("descriptor at first", read_word);
    test_equal("word at first", found, words[0]);
    change_check();
    ordinary_check();
    refusals_check();
    fs_write(SELECTOR_RING1_DATA);
    test_success();
}
