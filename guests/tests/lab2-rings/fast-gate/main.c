/* int 0x80 from ring 3. Without the mask bit it may be a real gate that leads straight to ring 1; what the handler
   finds is the same either way, and it may return by the instruction. */
/* expect: success */
#include "test.h"

/* Written by the handler, in this order. */
static volatile struct {
    uint32_t cs, ss, esp, frame_cs, frame_esp, frame_ss, count;
} seen __attribute__((used));

/* Ring 3's frame lies at ESP: EIP CS EFLAGS ESP SS. Answers with EAX + 1. DS is still the program's, which will do. */
extern const char fast_handler[];
__asm__(".text\n"
        "fast_handler: push %ecx; mov %cs, %ecx; mov %ecx, seen; mov %ss, %ecx; mov %ecx, seen + 4\n"
        "lea 4(%esp), %ecx; mov %ecx, seen + 8; mov 8(%esp), %ecx; mov %ecx, seen + 12\n"
        "mov 16(%esp), %ecx; mov %ecx, seen + 16; mov 20(%esp), %ecx; mov %ecx, seen + 20\n"
        "incl seen + 24; inc %eax; pop %ecx; iret");

/* Only EAX changes: neither way touches the other registers. */
USER_CODE static uint32_t ask(uint32_t argument)
{
    __asm__ volatile("int $0x80" : "+a"(argument) : : "memory", "cc");
    return argument;
}
USER_OPERATION(ask_and_fault, "int $0x80")
OPERATION(ask_in_ring1, "int $0x80; .byte 0x90")

/* The library's stubs would do for a bounce, but they return by hypercall. This one must not need one. */
static void gate_set(uint8_t flags)
{
    struct trap_info list[2] = {
        { .vector = 0x80, .flags = flags, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)fast_handler },
        { .address = 0 },
    };

    test_result("gate", hypercall_set_trap_table(list), 0);
}

/* Whether the processor or the hypervisor wrote the frame cannot be told from it. */
static void from_ring3(const char *name)
{
    test_equal(name, user_run(ask, 41), 42);
    test_equal("CS", seen.cs, SELECTOR_RING1_CODE);
    test_equal("SS", seen.ss, SELECTOR_RING1_DATA);
    test_equal("ESP", seen.esp, (uint32_t)trap_stack_top - 20);
    test_equal("CS of the frame", seen.frame_cs & 0xFFFF, SELECTOR_RING3_CODE);
    test_equal("SS of the frame", seen.frame_ss & 0xFFFF, SELECTOR_RING3_DATA);
    test_check((uint32_t)user_stack_top - seen.frame_esp < 64, "ESP of the frame");
}

void test_run(void)
{
    test_expect("no handler", ask_and_fault, VECTOR_PROTECTION, ERROR_SOFTWARE(0x80));
    gate_set(3);
    from_ring3("without the mask bit");
    test_result("other stack", hypercall_stack_switch(SELECTOR_RING1_DATA, (uint32_t)trap_stack_top), 0);
    from_ring3("after stack_switch");
    gate_set(3 | TRAP_INFO_MASKS);
    from_ring3("with the mask bit");
    test_expect_quiet("from ring 1", ask_in_ring1);
    gate_set(1);
    test_expect("DPL 1", ask_and_fault, VECTOR_PROTECTION, ERROR_SOFTWARE(0x80));
    test_expect_quiet("DPL 1 from ring 1", ask_in_ring1);
    test_equal("arrivals", seen.count, 5);
    test_success();
}
