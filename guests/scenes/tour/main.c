/* For the debugger: what each exercise of lab 2 is about, once and in their order. When a unit check has failed,
   `make gdb LAB=2 T=check` boots this kernel and stops where the function is first used (grader/core/stops.c). */
#include "test.h"

#define DATA_INDEX 1
#define GATE_INDEX 2
#define CALLS      2

static volatile uint32_t answers __attribute__((used));

/* Exercise 2.7: arrives without the hypervisor, and returns by the instruction. */
__asm__(".text\nfast_handler: incl answers; iret");
extern const char fast_handler[];

USER_OPERATION(program_asks, "int $0x80")
USER_OPERATION(program_faults, "ud2")
OPERATION(kernel_faults, "ud2")

/* Exercises 2.1, 2.4: a page of descriptors; then a segment, and a gate, are put into it. */
static void descriptors(void)
{
    uint64_t gate = gate_pack(SELECTOR_RING1_CODE, (uint32_t)fast_handler,
                              ACCESS_PRESENT | ACCESS_DPL(1) | GATE_CALL, 0);

    test_result("set_gdt", gdt_load(DESCRIPTORS_PER_PAGE), 0);
    test_result("update_descriptor", gdt_set(DATA_INDEX, DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS)), 0);
    test_result("a call gate", gdt_set(GATE_INDEX, gate), 0);
}

/* Exercise 2.3. */
static void calls(void)
{
    struct multicall_entry list[CALLS] = {
        { .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } },
        { .op = HYPERCALL_XEN_VERSION, .args = { XENVER_VERSION } },
    };

    test_result("multicall", hypercall_multicall(list, CALLS), 0);
    test_equal("the first of the list", list[0].result, PAGE_SIZE);
}

/* Exercises 2.5 and 2.6, from both rings, and 2.7. */
static void traps(void)
{
    struct trap_info fast[2] = {
        { .vector = 0x80, .flags = 3, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)fast_handler },
        { .address = 0 },
    };

    test_expect("ring 1", kernel_faults, VECTOR_OPCODE, 0);
    test_expect("ring 3", program_faults, VECTOR_OPCODE, 0);
    test_result("set_trap_table", hypercall_set_trap_table(fast), 0);
    program_asks();
    test_equal("answers", answers, 1);
}

/* Exercise 2.8: a selector is loaded whose descriptor is gone when it is loaded again. */
static void selector_goes(void)
{
    fs_write(SELECTOR_OF(DATA_INDEX, 1));
    gdt_set(DATA_INDEX, 0);
}

void test_run(void)
{
    struct trap_record record = { .cr2 = 0 };

    descriptors();
    calls();
    traps();
    failsafe_catch(true);
    trap_happens(selector_goes, &record);
    test_success();
}
