/* Every exception that instructions can raise, from ring 1 and from ring 3, with the manual's error code (SDM vol. 3,
   section 6.15). #AC and #XM depend on the machine: there they may also stay away. */
/* expect: success */
#include "test.h"

#define ABSENT_DATA 1   /* indices in our GDT */
#define ABSENT_CODE 2
#define DESCRIPTORS 16

static const int32_t bounds[2] __attribute__((used)) = { 1, 2 };
static const int32_t user_bounds[2] __attribute__((used)) USER_DATA = { 1, 2 };
static const uint32_t strict_fpu __attribute__((used)) = 0x37B;     /* a division by zero is not masked */
static const uint32_t strict_simd __attribute__((used)) = 0x1D80;   /* likewise in MXCSR */

OPERATION(divide, "xor %%ecx, %%ecx; div %%ecx")
OPERATION(single_step, "pushf; orl $0x100, (%%esp); popf; nop")
OPERATION(breakpoint, "int3")
OPERATION(overflow, "mov $0x7F, %%al; add $1, %%al; into")
OPERATION(bound, "mov $3, %%eax; bound %%eax, bounds")
OPERATION(opcode, "ud2")
OPERATION(no_fpu, "fnop")
OPERATION(absent_data, "mov $0x9, %%eax; mov %%eax, %%es")
OPERATION(absent_stack, "mov $0x9, %%eax; mov %%eax, %%ss")
OPERATION(absent_code, "ljmp $0x11, $0")
OPERATION(page, "mov 0x40000000, %%eax")
OPERATION(fpu, "fninit; fldcw strict_fpu; fld1; fldz; fdivrp; fwait")
OPERATION(simd, "ldmxcsr strict_simd; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0; divss %%xmm1, %%xmm0")
USER_OPERATION(user_divide, "xor %%ecx, %%ecx; div %%ecx")
USER_OPERATION(user_step, "pushf; orl $0x100, (%%esp); popf; nop")
USER_OPERATION(user_bound, "mov $3, %%eax; bound %%eax, user_bounds")
USER_OPERATION(user_opcode, "ud2")
USER_OPERATION(user_hlt, "hlt")
USER_OPERATION(user_alignment, "pushf; orl $0x40000, (%%esp); popf; mov 1(%%esp), %%eax\n"
                               "pushf; andl $~0x40000, (%%esp); popf")

/* #NM is the one that must be asked for: the hypervisor saves the FPU lazily and absorbs its own. */
static void in_ring1(void)
{
    test_expect("divide", divide, VECTOR_DIVIDE, 0);
    test_expect("single step", single_step, VECTOR_DEBUG, 0);
    test_expect("breakpoint", breakpoint, VECTOR_BREAKPOINT, 0);
    test_expect("overflow", overflow, VECTOR_OVERFLOW, 0);
    test_expect("bound", bound, VECTOR_BOUND, 0);
    test_expect("opcode", opcode, VECTOR_OPCODE, 0);
    test_result("fpu_taskswitch", hypercall_fpu_taskswitch(1), 0);
    test_expect("no fpu", no_fpu, VECTOR_NO_FPU, 0);
    test_result("fpu_taskswitch back", hypercall_fpu_taskswitch(0), 0);
    test_expect("page", page, VECTOR_PAGE, 0);
}

/* #NP and #SS need descriptors that are not present. #TS has popf-nt to itself. */
static void with_selectors(void)
{
    gdt_page[ABSENT_DATA] = descriptor_pack(0, FLAT_LIMIT, DATA_OF(1) & ~ACCESS_PRESENT, FLAT_FLAGS);
    gdt_page[ABSENT_CODE] = descriptor_pack(0, FLAT_LIMIT, CODE_OF(1) & ~ACCESS_PRESENT, FLAT_FLAGS);
    test_result("set_gdt", gdt_load(DESCRIPTORS), 0);
    test_expect("absent data", absent_data, VECTOR_NOT_PRESENT, SELECTOR_OF(ABSENT_DATA, 0));
    test_expect("absent stack", absent_stack, VECTOR_STACK, SELECTOR_OF(ABSENT_DATA, 0));
    test_expect("absent code", absent_code, VECTOR_NOT_PRESENT, SELECTOR_OF(ABSENT_CODE, 0));
}

/* The stack changes; vector and error code must not. */
static void in_ring3(void)
{
    test_expect("ring 3, divide", user_divide, VECTOR_DIVIDE, 0);
    test_expect("ring 3, single step", user_step, VECTOR_DEBUG, 0);
    test_expect("ring 3, bound", user_bound, VECTOR_BOUND, 0);
    test_expect("ring 3, opcode", user_opcode, VECTOR_OPCODE, 0);
    test_expect("ring 3, hlt", user_hlt, VECTOR_PROTECTION, 0);
}

/* Right as long as it is this one or none. */
static void perhaps(const char *name, void (*operation)(void), uint32_t vector, uint32_t other)
{
    struct trap_record record = { .cr2 = 0 };

    if (!trap_happens(operation, &record)) {
        print("exceptions: this machine has no %s\n", name);
        return;
    }
    test_check(record.frame.vector == vector || record.frame.vector == other, name);
}

void test_run(void)
{
    in_ring1();
    with_selectors();
    in_ring3();
    test_expect("fpu", fpu, VECTOR_FPU, 0);
    __asm__ volatile("fninit");
    perhaps("#AC", user_alignment, VECTOR_ALIGNMENT, VECTOR_ALIGNMENT);
    perhaps("#XM", simd, VECTOR_SIMD, VECTOR_OPCODE);   /* #UD: the hypervisor offers no SSE */
    test_success();
}
