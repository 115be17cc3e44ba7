/* A call gate from ring 3 to ring 1 through the guest's own GDT: the processor takes the stack that stack_switch named,
   and the far return goes back. Nothing of it is the hypervisor's work but the descriptor and the stack. */
/* expect: success */
#include "test.h"

#define GATE_INDEX 1

static volatile uint32_t seen_cs __attribute__((used)), seen_esp __attribute__((used));

/* The gate pushed SS, ESP, CS, EIP of the program. */
extern const char gate_entry[];
__asm__(".text\n"
        "gate_entry: push %ecx; mov %cs, %ecx; mov %ecx, seen_cs; lea 4(%esp), %ecx; mov %ecx, seen_esp; pop %ecx\n"
        "inc %eax; lret");

/* The offset in a far call through a gate does not count: the gate's own does (SDM vol. 3, section 5.8.3). */
USER_CODE static uint32_t ask(uint32_t argument)
{
    __asm__ volatile("lcall $0xB, $0" : "+a"(argument) : : "memory", "cc");
    return argument;
}
USER_OPERATION(ask_operation, "lcall $0xB, $0")

void test_run(void)
{
    uint32_t access = ACCESS_PRESENT | GATE_CALL;

    test_result("set_gdt", gdt_load(16), 0);
    test_result("gate for ring 3", gdt_set(GATE_INDEX, gate_pack(SELECTOR_RING1_CODE, (uint32_t)gate_entry,
                                                                 access | ACCESS_DPL(3), 0)), 0);
    test_equal("through the gate", user_run(ask, 41), 42);
    test_equal("CS", seen_cs, SELECTOR_RING1_CODE);
    test_equal("ESP", seen_esp, (uint32_t)trap_stack_top - 16);
    test_result("gate for ring 1", gdt_set(GATE_INDEX, gate_pack(SELECTOR_RING1_CODE, (uint32_t)gate_entry,
                                                                 access | ACCESS_DPL(1), 0)), 0);
    test_expect("ring 3 through ring 1's gate", ask_operation, VECTOR_PROTECTION, SELECTOR_OF(GATE_INDEX, 0));
    test_success();
}
