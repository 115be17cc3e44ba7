/* A kernel on a 16-bit stack: the processor pushes at SP and leaves the upper half of ESP alone, whatever is in it. So
   must a bounce, and so must the iret hypercall read. */
/* expect: success */
#include "test.h"

#define INDEX 1

static uint32_t stack[1024] __attribute__((aligned(4096), used));
static volatile uint32_t seen_eip __attribute__((used)), seen_sp __attribute__((used)), seen_ss __attribute__((used));
static volatile uint32_t esp_flat __attribute__((used)), came_back __attribute__((used));

extern const char small_handler[], small_fault[];
void small_run(void);

/* Rubbish in the upper half of ESP, a fault, its handler's iret behind the fault, and home. SS is 0x9. */
__asm__(".text\n"
        "small_run: push %ebx; push %esi; push %edi; push %ebp; mov %esp, esp_flat\n"
        "mov $0x9, %eax; mov %eax, %ss; mov $0xDEAD1000, %esp\n"
        "small_fault: ud2\n"
        "movl $1, came_back\n"
        "mov $0xE021, %eax; mov %eax, %ss; mov esp_flat, %esp\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret\n"
        "small_handler: movzwl %sp, %eax; mov %eax, seen_sp; mov %ss, %edx; mov %edx, seen_ss\n"
        "mov stack(%eax), %edx; mov %edx, seen_eip; addl $2, stack(%eax)\n"
        "push %eax; mov $23, %eax; int $0x82; ud2");

void test_run(void)
{
    struct trap_info list[2] = {
        { .vector = VECTOR_OPCODE, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)small_handler }, { .address = 0 },
    };

    gdt_page[INDEX] = descriptor_pack((uint32_t)stack, 0xFFFF, DATA_OF(1), 0);
    test_result("set_gdt", gdt_load(16), 0);
    test_result("handler", hypercall_set_trap_table(list), 0);
    small_run();
    test_equal("SS", seen_ss, SELECTOR_OF(INDEX, 1));
    test_equal("SP", seen_sp, 0x1000 - 12);
    test_equal("EIP", seen_eip, (uint32_t)small_fault);
    test_equal("the iret", came_back, 1);
    test_success();
}
