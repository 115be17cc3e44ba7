/* stack_switch: traps from ring 3 are pushed where it says, from the very next one on; those from ring 1 are not. */
/* expect: success */
#include "test.h"

static char other_stack[4096] __attribute__((aligned(16)));

USER_OPERATION(fault, "ud2")
OPERATION(kernel_fault, "ud2")

/* Five words without an error code. */
static void place_check(const char *name, uint32_t ss, uint32_t esp)
{
    struct trap_record record;

    test_result(name, hypercall_stack_switch(ss, esp), 0);
    record = test_expect(name, fault, VECTOR_OPCODE, 0);
    test_equal(name, record.place, esp - 20);
}

void test_run(void)
{
    struct trap_record record;

    place_check("another stack", SELECTOR_RING1_DATA, (uint32_t)other_stack + sizeof(other_stack));
    place_check("the middle of it", SELECTOR_RING1_DATA, (uint32_t)other_stack + 2048);
    place_check("an address that is no multiple of 4", SELECTOR_RING1_DATA, (uint32_t)other_stack + 2046);
    place_check("an SS with RPL 0, which is raised", SELECTOR_RING1_DATA & ~3, (uint32_t)other_stack + 1024);
    record = test_expect("a trap from ring 1", kernel_fault, VECTOR_OPCODE, 0);
    test_check(record.place - (uint32_t)other_stack >= sizeof(other_stack), "ring 1 changed stacks");
    place_check("back to the first", SELECTOR_RING1_DATA, (uint32_t)trap_stack_top);
    test_success();
}
