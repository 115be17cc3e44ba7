/* Loads its registers with numbers the grader knows and faults. It executes nothing that traps before, so the trap page
   holds this one frame, whatever exercises are written yet. */
#include "evidence.h"
#include "options.h"
#include "wire.h"

void guest_main(void);

extern const char frame_opcode[], frame_segment[];

/* In the order in which the registers are loaded; used by the assembly below. */
uint32_t frame_values[8];
uint32_t frame_selector, frame_stack[64];

#define LOAD_ALL                                                                                                   \
    "pushl frame_values + 28\n\t"                                                                                  \
    "popfl\n\t"                                                                                                    \
    "movl frame_values, %%eax\n\t"                                                                                 \
    "movl frame_values + 4, %%ecx\n\t"                                                                             \
    "movl frame_values + 8, %%edx\n\t"                                                                             \
    "movl frame_values + 12, %%ebx\n\t"                                                                            \
    "movl frame_values + 16, %%ebp\n\t"                                                                            \
    "movl frame_values + 20, %%esi\n\t"                                                                            \
    "movl frame_values + 24, %%edi\n\t"

/* The same flat segment under four selectors, so that each shows where it was saved: in ring 3 the RPL is free. */
static void segments_load(void)
{
    uint32_t number = frame_values[0] & 3;

    __asm__ volatile("mov %w0, %%ds; mov %w1, %%es; mov %w2, %%fs; mov %w3, %%gs"
                     : : "r"(0x10 | number), "r"(0x10 | (number ^ 1)), "r"(0x10 | (number ^ 2)),
                         "r"(0x10 | (number ^ 3)));
}

static void __attribute__((noreturn)) fault_opcode(void)
{
    __asm__ volatile("mov $frame_stack + 128, %%esp\n\t" LOAD_ALL "frame_opcode: ud2" : : : "memory");
    __builtin_unreachable();
}

static void __attribute__((noreturn)) fault_segment(void)
{
    __asm__ volatile("mov $frame_stack + 128, %%esp\n\t" LOAD_ALL "frame_segment: movw frame_selector, %%fs"
                     : : : "memory");
    __builtin_unreachable();
}

void guest_main(void)
{
    for (int i = 0; i < 8; i++)
        frame_values[i] = evidence_random();
    frame_values[7] = (frame_values[7] & FRAME_FLAGS) | 2;
    frame_selector = 0x18 + evidence_random() % 0x1e0 * 8; /* no such descriptor: #GP with its number */
    evidence_put(FRAME_ESP, (uint32_t)frame_stack + 128);
    evidence_put(FRAME_SELECTOR, frame_selector);
    evidence_put(FRAME_EIP, (uint32_t)(option_given("selector") ? frame_segment : frame_opcode));
    evidence_seal();
    segments_load();
    if (option_given("selector"))
        fault_segment();
    fault_opcode();
}
