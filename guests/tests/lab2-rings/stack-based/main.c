/* A fault while the stack segment has a base: the bounce frame lies at base + ESP, where the handler's own pushes and
   pops will look for it, and SS stays. */
/* expect: success */
#include "test.h"

#define INDEX   1
#define BASE    0x10000u

static volatile uint32_t seen_eip __attribute__((used)), seen_cs __attribute__((used)), seen_esp __attribute__((used));
static volatile uint32_t seen_ss __attribute__((used)), esp_flat __attribute__((used));

extern const char based_handler[], based_fault[];
void based_run(void);

/* No frame of C's in between: through DS it would look for locals in the wrong place. ESP-relative operands use SS. */
__asm__(".text\n"
        "based_run: push %ebx; push %esi; push %edi; push %ebp; mov %esp, esp_flat\n"
        "mov $0x9, %eax; lea -0x10000(%esp), %edx; mov %eax, %ss; mov %edx, %esp\n"
        "based_fault: ud2\n"
        "based_handler: mov (%esp), %eax; mov %eax, seen_eip; mov 4(%esp), %eax; mov %eax, seen_cs\n"
        "mov %esp, seen_esp; mov %ss, %eax; mov %eax, seen_ss\n"
        "mov $0xE021, %eax; mov %eax, %ss; mov esp_flat, %esp\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret");

void test_run(void)
{
    struct trap_info list[2] = {
        { .vector = VECTOR_OPCODE, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)based_handler }, { .address = 0 },
    };

    gdt_page[INDEX] = DESCRIPTOR(BASE, FLAT_LIMIT - BASE / PAGE_SIZE, DATA_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    test_result("handler", hypercall_set_trap_table(list), 0);
    based_run();
    test_equal("EIP", seen_eip, (uint32_t)based_fault);
    test_equal("CS", seen_cs & 0xFFFF, SELECTOR_RING1_CODE);
    test_equal("ESP", seen_esp, esp_flat - BASE - 12);
    test_equal("SS", seen_ss, SELECTOR_OF(INDEX, 1));
    test_success();
}
