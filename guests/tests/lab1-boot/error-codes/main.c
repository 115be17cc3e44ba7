/* Raises each exception that a kernel without paging can raise, from ring 0 and some from ring 3, and compares vector
   and error code with the manual (SDM vol. 3, section 6.15). */
/* expect: success */
/* native: yes */
#include "test.h"

#define OPERATION(name, instructions)                                       \
    static void name(void)                                                  \
    {                                                                       \
        __asm__ volatile(instructions : : : "eax", "ecx", "edx", "memory", "cc"); \
    }

static const int32_t bounds[2] __attribute__((used)) = { 1, 2 };

OPERATION(divide, "xor %%ecx, %%ecx; div %%ecx")
OPERATION(divide_overflow, "mov $1, %%ecx; mov $7, %%edx; div %%ecx")
OPERATION(breakpoint, "int3")
OPERATION(overflow, "mov $0x7F, %%al; add $1, %%al; into")
OPERATION(bound, "mov $3, %%eax; bound %%eax, bounds")
OPERATION(opcode, "ud2")
OPERATION(no_fpu, "mov %%cr0, %%eax; or $8, %%eax; mov %%eax, %%cr0; .byte 0xD9, 0xEE")
OPERATION(absent_data, "mov $0x30, %%eax; mov %%eax, %%es")
OPERATION(absent_stack, "mov $0x30, %%eax; mov %%eax, %%ss")
OPERATION(absent_code, "ljmp $0x38, $0")
OPERATION(read_only_stack, "mov $0x40, %%eax; mov %%eax, %%ss")
OPERATION(null_stack, "xor %%eax, %%eax; mov %%eax, %%ss")
OPERATION(stack_rpl, "mov $0x11, %%eax; mov %%eax, %%ss")
OPERATION(code_as_stack, "mov $0x08, %%eax; mov %%eax, %%ss")
OPERATION(system_as_data, "mov $0x28, %%eax; mov %%eax, %%gs")
OPERATION(beyond_table, "mov $0x5A, %%eax; mov %%eax, %%ds")
OPERATION(jump_to_data, "ljmp $0x10, $0")
OPERATION(jump_to_null, "ljmp $0, $0")
OPERATION(jump_to_user, "ljmp $0x1B, $0")

static void in_ring0(void)
{
    test_expect("divide", divide, VECTOR_DIVIDE, 0);
    test_expect("divide overflow", divide_overflow, VECTOR_DIVIDE, 0);
    test_expect("breakpoint", breakpoint, VECTOR_BREAKPOINT, 0);
    test_expect("overflow", overflow, VECTOR_OVERFLOW, 0);
    test_expect("bound", bound, VECTOR_BOUND, 0);
    test_expect("opcode", opcode, VECTOR_OPCODE, 0);
    test_expect("no fpu", no_fpu, VECTOR_NO_FPU, 0);
    __asm__ volatile("clts");
}

static void with_selectors(void)
{
    test_expect("absent data", absent_data, VECTOR_NOT_PRESENT, SELECTOR_ABSENT_DATA);
    test_expect("absent stack", absent_stack, VECTOR_STACK, SELECTOR_ABSENT_DATA);
    test_expect("absent code", absent_code, VECTOR_NOT_PRESENT, SELECTOR_ABSENT_CODE);
    test_expect("read-only stack", read_only_stack, VECTOR_PROTECTION, SELECTOR_READ_ONLY);
    test_expect("null stack", null_stack, VECTOR_PROTECTION, 0);
    test_expect("stack with RPL 1", stack_rpl, VECTOR_PROTECTION, SELECTOR_KERNEL_DATA);
    test_expect("code as stack", code_as_stack, VECTOR_PROTECTION, SELECTOR_KERNEL_CODE);
    test_expect("TSS as data", system_as_data, VECTOR_PROTECTION, SELECTOR_TSS);
    test_expect("beyond the table", beyond_table, VECTOR_PROTECTION, 0x58);
    test_expect("jump to data", jump_to_data, VECTOR_PROTECTION, SELECTOR_KERNEL_DATA);
    test_expect("jump to null", jump_to_null, VECTOR_PROTECTION, 0);
    test_expect("jump to ring 3", jump_to_user, VECTOR_PROTECTION, SELECTOR_USER_CODE & ~3);
}

void test_run(void)
{
    in_ring0();
    with_selectors();
    test_success();
}
