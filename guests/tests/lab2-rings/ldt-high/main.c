/* An LDT as long as they get. Its entry 7172 has the index of the flat data segment and is another one: a bounce on it
   must use its base. */
/* expect: success */
#include "test.h"

#define ENTRIES 8192
#define BASE    0x10000u

static uint64_t table[ENTRIES] __attribute__((aligned(4096)));
static volatile uint32_t seen_eip __attribute__((used)), seen_esp __attribute__((used)), seen_ss __attribute__((used));
static volatile uint32_t esp_flat __attribute__((used));

extern const char based_handler[], based_fault[];
void based_run(void);

/* 0xE025: index 7172, in the LDT, ring 1. ESP-relative operands use SS, all others the flat segments. */
__asm__(".text\n"
        "based_run: push %ebx; push %esi; push %edi; push %ebp; mov %esp, esp_flat\n"
        "mov $0xE025, %eax; lea -0x10000(%esp), %edx; mov %eax, %ss; mov %edx, %esp\n"
        "based_fault: ud2\n"
        "based_handler: mov (%esp), %eax; mov %eax, seen_eip\n"
        "mov %esp, seen_esp; mov %ss, %eax; mov %eax, seen_ss\n"
        "mov $0xE021, %eax; mov %eax, %ss; mov esp_flat, %esp\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret");

void test_run(void)
{
    struct mmuext_op operation = { .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)table, .arg2 = ENTRIES };
    struct trap_info list[2] = {
        { .vector = VECTOR_OPCODE, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)based_handler }, { .address = 0 },
    };
    int32_t result;

    table[0xE020 >> 3] = DESCRIPTOR(BASE, FLAT_LIMIT - BASE / PAGE_SIZE, DATA_OF(1), FLAT_FLAGS);
    for (unsigned i = 0; i < ENTRIES; i += DESCRIPTORS_PER_PAGE)
        descriptors_protect(table + i);
    result = hypercall_mmuext_op(&operation, 1);
    if (result == -ENOSYS)
        test_skip("mmuext_op belongs to a higher floor");
    test_result("16 pages", result, 0);
    test_result("handler", hypercall_set_trap_table(list), 0);
    based_run();
    test_equal("EIP", seen_eip, (uint32_t)based_fault);
    test_equal("ESP", seen_esp, esp_flat - BASE - 12);
    test_equal("SS", seen_ss, 0xE025);
    test_success();
}
