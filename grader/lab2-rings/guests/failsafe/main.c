/* Loses the descriptor of a segment it has loaded, in the hypercall that removes it, and tells what its failsafe
   callback found: with GS, which the way out loads first, and with DS, which it loads last. */
#include "evidence.h"
#include "evidence_keys.h"
#include "test.h"

#define INDEX    8
#define SELECTOR SELECTOR_OF(INDEX, 1)

extern const char failsafe_callback[], failsafe_end[];
void failsafe_call(void);

uint32_t failsafe_before[KEYS_REGISTERS], failsafe_after[KEYS_REGISTERS], failsafe_kept;
uint32_t failsafe_chosen[4], failsafe_words[7], failsafe_found[4]; /* DS ES FS GS first */

/* The callback finds no data segment that it could use: SS is all it has. */
__asm__(".text\n"
        "failsafe_call:\n\t"
        "pusha\n\t"
        "mov %esp, failsafe_kept\n\t"
        "mov failsafe_before, %eax\n\t"
        "mov failsafe_before + 4, %ecx\n\t"
        "mov failsafe_before + 8, %edx\n\t"
        "mov failsafe_before + 12, %ebx\n\t"
        "mov failsafe_before + 20, %ebp\n\t"
        "mov failsafe_before + 24, %esi\n\t"
        "mov failsafe_before + 28, %edi\n\t"
        "movw failsafe_chosen + 4, %es\n\t"
        "movw failsafe_chosen + 8, %fs\n\t"
        "movw failsafe_chosen + 12, %gs\n\t"
        "movw failsafe_chosen, %ds\n\t"
        "int $0x82\n"
        "failsafe_end:\n\t"
        "jmp 1f\n"
        "failsafe_callback:\n\t"
        "mov %eax, %ss:failsafe_after\n\t"
        "mov %ecx, %ss:failsafe_after + 4\n\t"
        "mov %edx, %ss:failsafe_after + 8\n\t"
        "mov %ebx, %ss:failsafe_after + 12\n\t"
        "mov %ebp, %ss:failsafe_after + 20\n\t"
        "mov %esi, %ss:failsafe_after + 24\n\t"
        "mov %edi, %ss:failsafe_after + 28\n\t"
        "popl %ss:failsafe_words\n\t"
        "popl %ss:failsafe_words + 4\n\t"
        "popl %ss:failsafe_words + 8\n\t"
        "popl %ss:failsafe_words + 12\n\t"
        "popl %ss:failsafe_words + 16\n\t"
        "popl %ss:failsafe_words + 20\n\t"
        "popl %ss:failsafe_words + 24\n\t"
        "mov %ds, %eax; mov %eax, %ss:failsafe_found\n\t"
        "mov %es, %eax; mov %eax, %ss:failsafe_found + 4\n\t"
        "mov %fs, %eax; mov %eax, %ss:failsafe_found + 8\n\t"
        "mov %gs, %eax; mov %eax, %ss:failsafe_found + 12\n"
        "1:\n\t"
        "mov $0xe021, %eax\n\t"
        "mov %eax, %ds\n\t"
        "mov %eax, %es\n\t"
        "mov %ss:failsafe_kept, %esp\n\t"
        "popa\n\t"
        "ret");

/* update_descriptor(address, 0, 0, 0); the last two arguments are free. */
static void registers_set(void)
{
    uint64_t address = machine_address(&gdt_page[INDEX]);
    const uint32_t values[KEYS_REGISTERS] = { HYPERCALL_UPDATE_DESCRIPTOR, (uint32_t)(address >> 32), 0,
                                              (uint32_t)address, 0, evidence_random(), 0, evidence_random() };

    for (int i = 0; i < KEYS_REGISTERS; i++)
        failsafe_before[i] = values[i];
}

/* EAX is the call's result, 0; ESP is what the frame itself shows. */
static uint32_t registers_wrong(void)
{
    uint32_t wrong = failsafe_after[0] != 0;

    for (int i = 1; i < KEYS_REGISTERS; i++)
        wrong += i != 4 && failsafe_after[i] != failsafe_before[i];
    return wrong;
}

static void way_try(uint32_t way, const uint32_t chosen[4])
{
    test_check(gdt_set(INDEX, DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS)) == 0, "update_descriptor");
    for (int i = 0; i < 4; i++)
        failsafe_chosen[i] = chosen[i];
    registers_set();
    failsafe_words[4] = 0;
    failsafe_call();
    for (uint32_t i = 0; i < 7; i++)
        evidence_put(FAILSAFE_FRAME + 16 * way + i, failsafe_words[i] - (i == 4 ? (uint32_t)failsafe_end : 0));
    for (uint32_t i = 0; i < 4; i++)
        evidence_put(FAILSAFE_SEGMENTS + 16 * way + i, failsafe_found[i]);
    evidence_put(FAILSAFE_REGISTERS + 16 * way, registers_wrong());
    evidence_seal();
}

void test_run(void)
{
    static const uint32_t ways[FAILSAFE_WAYS][4] = {
        { SELECTOR_RING1_DATA, SELECTOR_RING3_DATA, SELECTOR_RING3_CODE, SELECTOR },
        { SELECTOR, SELECTOR_RING1_DATA, SELECTOR_RING3_DATA, SELECTOR_RING3_CODE },
    };

    test_check(gdt_load(DESCRIPTORS_PER_PAGE) == 0, "set_gdt");
    test_check(hypercall_set_callbacks(0, 0, SELECTOR_RING1_CODE, (uint32_t)failsafe_callback) == 0, "set_callbacks");
    for (uint32_t way = 0; way < FAILSAFE_WAYS; way++)
        way_try(way, ways[way]);
    test_success();
}
