/* Has INT 80h from ring 3 handled by itself: with the gate that the CPU takes without asking anybody, or, with
   "selector=N" or "masks" on its command line, with one that must not be made. At the end it runs for ever. */
#include "evidence.h"
#include "evidence_keys.h"
#include "test.h"

extern const char fast_handler[], fast_int[];

uint32_t fast_frame[5], fast_place, fast_count;

/* In ring 1, on kernel_ss:kernel_sp. The CPU's own IRET leads back. */
__asm__(".text\n"
        ".global fast_handler\n"
        "fast_handler:\n\t"
        "push %eax\n\t"
        "mov 4(%esp), %eax; mov %eax, %ss:fast_frame\n\t"
        "mov 8(%esp), %eax; mov %eax, %ss:fast_frame + 4\n\t"
        "mov 12(%esp), %eax; mov %eax, %ss:fast_frame + 8\n\t"
        "mov 16(%esp), %eax; mov %eax, %ss:fast_frame + 12\n\t"
        "mov 20(%esp), %eax; mov %eax, %ss:fast_frame + 16\n\t"
        "lea 4(%esp), %eax; mov %eax, %ss:fast_place\n\t"
        "incl %ss:fast_count\n\t"
        "pop %eax\n\t"
        "iret");

USER_CODE static uint32_t program(uint32_t argument)
{
    __asm__ volatile("fast_int: int $0x80" : "+a"(argument));
    return argument;
}

static void gate_set(uint32_t selector, uint32_t flags)
{
    struct trap_info list[2] = { { .vector = 0x80, .flags = (uint8_t)flags, .cs = (uint16_t)selector,
                                   .address = (uint32_t)fast_handler }, { .address = 0 } };

    evidence_put(FAST_RESULT, (uint32_t)hypercall_set_trap_table(list));
}

/* Events are masked while the program runs, which a bounced frame would say. */
static void frame_put(void)
{
    user_run_flags(program, evidence_random(), EFLAGS_FIXED);
    evidence_put(FAST_EIP, fast_frame[0] - (uint32_t)fast_int);
    evidence_put(FAST_CS, fast_frame[1]);
    evidence_put(FAST_FLAGS, fast_frame[2]);
    evidence_put(FAST_ESP, fast_frame[3] - ((uint32_t)user_stack_top - 256) < 256);
    evidence_put(FAST_SS, fast_frame[4]);
    evidence_put(FAST_PLACE, (uint32_t)trap_stack_top - fast_place);
}

void test_run(void)
{
    uint32_t selector = option_number("selector", SELECTOR_RING1_CODE);

    gate_set(selector, option_given("masks") ? 3 | TRAP_INFO_MASKS : 3);
    evidence_put(FAST_HANDLER, (uint32_t)fast_handler);
    evidence_seal();
    if (selector == SELECTOR_RING1_CODE && !option_given("masks"))
        frame_put();
    evidence_seal();
    evidence_spin();
}
