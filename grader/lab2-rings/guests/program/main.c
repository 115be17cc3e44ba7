/* Raises exceptions in ring 3, which it enters by the CPU's own IRET: an outer ring is free to go to. */
#include "../frames.h"
#include "test.h"

extern const char program_opcode[], program_read[], program_int[], program_closed[], program_hypercall[];

uint32_t program_esp, program_eip;

/* Ring 3, with flags that must be seen in the frame; its data segments are ring 3's from the start. */
static void ring3_enter(void)
{
    __asm__ volatile("mov %[data], %%eax\n\t"
                     "mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs; mov %%eax, %%gs\n\t"
                     "push %%eax\n\t"
                     "pushl program_esp\n\t"
                     "pushl $0xc97\n\t"
                     "pushl %[code]\n\t"
                     "pushl program_eip\n\t"
                     "iret"
                     : : [data] "i"(SELECTOR_RING3_DATA), [code] "i"(SELECTOR_RING3_CODE) : "eax", "memory");
    __builtin_unreachable();
}

/* What ring 3 executes: one instruction each. */
__asm__(".pushsection .user.text, \"ax\", @progbits\n"
        "program_opcode: ud2\n"
        "program_read: movl 0x40000000, %eax\n"
        "program_int: int $0x31\n"
        "program_closed: int $0x30\n"
        "program_hypercall: int $0x82\n"
        ".popsection");

static void fault(uint32_t kind, const char *place)
{
    program_eip = (uint32_t)place;
    frame_put(kind, ring3_enter, place, (uint32_t)trap_stack_top);
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(SELECTOR_RING1_DATA));
}

void test_run(void)
{
    program_esp = (uint32_t)user_stack_top - 16 * (evidence_random() % 64);
    evidence_put(PROGRAM_ESP, program_esp);
    evidence_put(PROGRAM_STACK, (uint32_t)trap_stack_top);
    trap_install(0x30, 1 | TRAP_INFO_MASKS);
    trap_install(0x31, 3 | TRAP_INFO_MASKS);
    fault(PROGRAM_OPCODE, program_opcode);
    fault(PROGRAM_ADDRESS, program_read);
    fault(PROGRAM_INT, program_int);
    fault(PROGRAM_INT_CLOSED, program_closed);
    fault(PROGRAM_HYPERCALL, program_hypercall);
    test_success();
}
