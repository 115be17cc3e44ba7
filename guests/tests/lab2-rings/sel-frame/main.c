/* Selectors that cannot be loaded, in frames for the iret hypercall: the fault is the hypervisor's, at its very last
   instruction, and must come back as the failsafe callback, once for each. */
/* expect: success */
#include "test.h"

static volatile uint32_t frame_cs __attribute__((used)), frame_ss __attribute__((used));
static volatile uint32_t frame_eip __attribute__((used));

OPERATION(to_program, "push frame_ss; push $user_stack_top; push $2; push frame_cs; push frame_eip; push $0\n"
                      "mov $23, %%eax; int $0x82")
OPERATION(to_kernel, "push $2; push frame_cs; push frame_eip; push $0; mov $23, %%eax; int $0x82")

/* RPL 2 or 3. */
static const uint16_t program_code[] = {
    0xE00B, 0xE00A, 0xE01B, 0xE01A, 0xE02A, SELECTOR_RING3_DATA, 0xE013, 0xE043, 0xE003, 0x0003, 0x000B, 0x0007, 0xF003,
    0xFFFF,
};
static const uint16_t kernel_code[] = {
    0xE009, 0xE011, SELECTOR_RING1_DATA, 0xE029, 0xE041, 0xE001, 0x0001, 0x0009, 0x0005, 0xF001, 0xFFFD,
};
static const uint16_t program_stack[] = {
    0x0000, 0x0003, 0xE010, 0xE013, SELECTOR_RING1_DATA, SELECTOR_RING3_CODE, 0xE032, 0xE043, 0x000B, 0x0007, 0xF003,
};

/* The callback tells what could not be gone back to; CS shows that it was this very frame. */
static void try(const char *name, void (*operation)(void), uint32_t cs, uint32_t ss)
{
    struct trap_record record;

    frame_cs = cs;
    frame_ss = ss;
    frame_eip = (uint32_t)user_begin;
    record = test_expect(name, operation, VECTOR_FAILSAFE, 0);
    test_equal("CS of what could not be gone back to", record.frame.cs, cs);
    test_equal("EIP of it", record.frame.eip, (uint32_t)user_begin);
}

/* Beyond the segment, where limits count; else a page fault in ring 3. */
static void far_check(void)
{
    struct trap_record record = { .cr2 = 0 };

    frame_cs = SELECTOR_RING3_CODE;
    frame_ss = SELECTOR_RING3_DATA;
    frame_eip = ADDRESS_HOLE;
    test_check(trap_happens(to_program, &record), "a program in the hypervisor's area");
    test_check(record.frame.vector == VECTOR_FAILSAFE || record.frame.vector == VECTOR_PAGE ||
               record.frame.vector == VECTOR_PROTECTION, "a program in the hypervisor's area ends otherwise");
}

void test_run(void)
{
    failsafe_catch(true);
    for (unsigned i = 0; i < sizeof(program_code) / sizeof(program_code[0]); i++)
        try("CS of a program", to_program, program_code[i], SELECTOR_RING3_DATA);
    for (unsigned i = 0; i < sizeof(kernel_code) / sizeof(kernel_code[0]); i++)
        try("CS of the kernel", to_kernel, kernel_code[i], 0);
    for (unsigned i = 0; i < sizeof(program_stack) / sizeof(program_stack[0]); i++)
        try("SS of a program", to_program, SELECTOR_RING3_CODE, program_stack[i]);
    far_check();
    test_success();
}
