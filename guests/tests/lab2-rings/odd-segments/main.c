/* Hypercalls and exceptions with segment registers as no compiler leaves them: data segments null, a stack that
   is not the flat one, code with a base. Nothing the hypervisor does may lean on any of them. */
/* expect: success */
#include "test.h"

#define CODE_BASE 0x10000u

static volatile uint32_t seen_page __attribute__((used)), seen_more __attribute__((used));
static volatile uint32_t seen_eip __attribute__((used)), seen_cs __attribute__((used));
static volatile uint32_t esp_flat __attribute__((used));

extern const char odd_handler[], odd_fault[];
void odd_run(void);

/* GDT: 0x9 data, 0x11 code with base CODE_BASE. XENVER_PAGESIZE is 7. */
__asm__(".text\n"
        "odd_run: push %ebx; push %esi; push %edi; push %ebp; mov %esp, esp_flat\n"
        "xor %eax, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %fs; mov %eax, %gs\n"
        "mov $0x9, %eax; mov %eax, %ss\n"
        "ljmp $0x11, $1f - 0x10000\n"
        "1: mov $17, %eax; mov $7, %ebx; int $0x82\n"
        "mov %eax, %ss:seen_page\n"
        "odd_fault: ud2\n"
        "mov $17, %eax; mov $7, %ebx; int $0x82; mov %eax, %ss:seen_more\n"
        "ljmp $0xE019, $2f\n"
        "2: mov $0xE021, %eax; mov %eax, %ss; mov %ss:esp_flat, %esp\n"
        "mov %eax, %ds; mov %eax, %es; mov %eax, %fs; mov %eax, %gs\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret\n"
        "odd_handler: mov (%esp), %eax; mov %eax, %ss:seen_eip; mov 4(%esp), %eax; mov %eax, %ss:seen_cs\n"
        "addl $2, (%esp); push %eax; mov $23, %eax; int $0x82; ud2");

void test_run(void)
{
    struct trap_info list[2] = {
        { .vector = VECTOR_OPCODE, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)odd_handler }, { .address = 0 },
    };

    gdt_page[1] = descriptor_pack(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS);
    gdt_page[2] = descriptor_pack(CODE_BASE, FLAT_LIMIT - CODE_BASE / PAGE_SIZE, CODE_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    test_result("handler", hypercall_set_trap_table(list), 0);
    odd_run();
    test_equal("hypercall", seen_page, 4096);
    test_equal("hypercall behind the fault", seen_more, 4096);
    test_equal("EIP", seen_eip, (uint32_t)odd_fault - CODE_BASE);
    test_equal("CS", seen_cs & 0xFFFF, 0x11);
    test_success();
}
