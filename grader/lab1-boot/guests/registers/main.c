/* Keeps numbers in all its registers while the machine's own ticks interrupt it, and looks whether they are still
   there. It traps for nothing: only the way in and out of the hypervisor is needed. */
#include "evidence.h"
#include "io.h"
#include "wire.h"

void guest_main(void);

#define TURNS   "40000" /* of a loop of one or two instructions: more than three ticks of 1 ms */
#define STACK   128     /* words */
#define FILLED  100     /* of them lie below the stack pointer */

uint32_t registers_before[9], registers_after[9], registers_stack[STACK];
static uint32_t stack_pattern[STACK];

/* By number, but for ESP, then EFLAGS. */
#define LOAD_ALL                                                                                                   \
    "pushl registers_before + 32\n\t"                                                                              \
    "popfl\n\t"                                                                                                    \
    "movl registers_before, %%eax\n\t"                                                                             \
    "movl registers_before + 4, %%ecx\n\t"                                                                         \
    "movl registers_before + 8, %%edx\n\t"                                                                         \
    "movl registers_before + 12, %%ebx\n\t"                                                                        \
    "movl registers_before + 20, %%ebp\n\t"                                                                        \
    "movl registers_before + 24, %%esi\n\t"                                                                        \
    "movl registers_before + 28, %%edi\n\t"
#define SAVE_ALL                                                                                                   \
    "movl %%eax, registers_after\n\t"                                                                              \
    "movl %%ecx, registers_after + 4\n\t"                                                                          \
    "movl %%edx, registers_after + 8\n\t"                                                                          \
    "movl %%ebx, registers_after + 12\n\t"                                                                         \
    "movl %%esp, registers_after + 16\n\t"                                                                         \
    "movl %%ebp, registers_after + 20\n\t"                                                                         \
    "movl %%esi, registers_after + 24\n\t"                                                                         \
    "movl %%edi, registers_after + 28\n\t"                                                                         \
    "movl $registers_after + 36, %%esp\n\t"                                                                        \
    "pushfl\n\t"
#define FRAMED(loop)                                                                                               \
    __asm__ volatile("pusha\n\t"                                                                                   \
                     "movl %%esp, registers_kept\n\t"                                                              \
                     "movl registers_before + 16, %%esp\n\t" LOAD_ALL loop SAVE_ALL                                \
                     "movl registers_kept, %%esp\n\t"                                                              \
                     "cld\n\t"                                                                                     \
                     "popa"                                                                                        \
                     : : : "memory", "cc")

uint32_t registers_kept;

/* LOOP changes no flag; ECX ends at 0. */
static void __attribute__((noinline)) hold_first(void)
{
    FRAMED("movl $" TURNS ", %%ecx\n1: loop 1b\n\t");
}

/* EAX and the flags end as the last DEC leaves them. */
static void __attribute__((noinline)) hold_second(void)
{
    FRAMED("movl $" TURNS ", %%eax\n1: decl %%eax\n\tjnz 1b\n\t");
}

static void numbers_draw(void)
{
    for (int i = 0; i < 9; i++)
        registers_before[i] = evidence_random();
    registers_before[4] = (uint32_t)&registers_stack[FILLED];
    registers_before[8] = (registers_before[8] & FRAME_FLAGS) | 2;
    evidence_put(REGISTERS_STACK, registers_before[4]);
}

static void result_put(uint32_t key)
{
    for (uint32_t i = 0; i < 9; i++)
        evidence_put(key + i, registers_after[i]);
}

static void segments_put(uint32_t key)
{
    uint32_t ds, es, fs, gs;

    __asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3" : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
    evidence_put(key, ds);
    evidence_put(key + 1, es);
    evidence_put(key + 2, fs);
    evidence_put(key + 3, gs);
}

/* The same flat segments under different selectors: the requested privilege level is free in ring 3. */
static void segments_choose(void)
{
    uint32_t number = evidence_random();

    __asm__ volatile("mov %w0, %%ds; mov %w1, %%es; mov %w2, %%fs; mov %w3, %%gs"
                     : : "r"(0x10 | (number & 3)), "r"(0x10 | (~number & 3)), "r"(0x08 | (number >> 2 & 3)),
                         "r"(number & 16 ? 0 : 0x10 | (number >> 5 & 3)));
}

static uint32_t canary_changes(void)
{
    uint32_t changes = 0;

    for (int i = 0; i < FILLED - 1; i++) /* the word just below ESP is popfl's */
        changes += registers_stack[i] != stack_pattern[i];
    for (int i = FILLED; i < STACK; i++)
        changes += registers_stack[i] != stack_pattern[i];
    return changes;
}

void guest_main(void)
{
    numbers_draw();
    segments_choose();
    segments_put(REGISTERS_SEGMENTS);
    for (int i = 0; i < STACK; i++)
        registers_stack[i] = stack_pattern[i] = evidence_random();
    hold_first();
    result_put(REGISTERS_FIRST);
    hold_second();
    result_put(REGISTERS_SECOND);
    segments_put(REGISTERS_SEGMENTS + 4);
    evidence_put(REGISTERS_CANARY, canary_changes());
    evidence_seal();
    port_write8(PORT_EXIT, 0);
}
