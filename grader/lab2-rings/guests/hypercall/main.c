/* Makes hypercalls with numbers in all registers and looks what is left of them. No call has a pointer, and nothing
   traps otherwise. */
#include "evidence.h"
#include "evidence_keys.h"
#include "hypercall.h"

void pv_main(const struct start_info *start);

#define STACK   64      /* words */
#define FILLED  48      /* of them lie below the stack pointer */

uint32_t hypercall_before[KEYS_REGISTERS + 1], hypercall_after[KEYS_REGISTERS + 1], hypercall_kept;
uint32_t hypercall_stack[STACK];
static uint32_t pattern[STACK];

/* Numbers are in the order of PUSHA. The flags come last before the call, and are saved first after it. */
static void __attribute__((noinline)) call_with_all(void)
{
    __asm__ volatile("pusha\n\t"
                     "movl %%esp, hypercall_kept\n\t"
                     "movl hypercall_before + 16, %%esp\n\t"
                     "pushl hypercall_before + 32\n\t"
                     "popfl\n\t"
                     "movl hypercall_before, %%eax\n\t"
                     "movl hypercall_before + 4, %%ecx\n\t"
                     "movl hypercall_before + 8, %%edx\n\t"
                     "movl hypercall_before + 12, %%ebx\n\t"
                     "movl hypercall_before + 20, %%ebp\n\t"
                     "movl hypercall_before + 24, %%esi\n\t"
                     "movl hypercall_before + 28, %%edi\n\t"
                     "int $0x82\n\t"
                     "movl %%eax, hypercall_after\n\t"
                     "movl %%ecx, hypercall_after + 4\n\t"
                     "movl %%edx, hypercall_after + 8\n\t"
                     "movl %%ebx, hypercall_after + 12\n\t"
                     "movl %%esp, hypercall_after + 16\n\t"
                     "movl %%ebp, hypercall_after + 20\n\t"
                     "movl %%esi, hypercall_after + 24\n\t"
                     "movl %%edi, hypercall_after + 28\n\t"
                     "movl $hypercall_after + 36, %%esp\n\t"
                     "pushfl\n\t"
                     "movl hypercall_kept, %%esp\n\t"
                     "cld\n\t"
                     "popa"
                     : : : "memory", "cc");
}

/* The next numbers of the generator: EAX to EDI, then flags. What is not random is put in by the caller. */
static void registers_draw(uint32_t number)
{
    for (int i = 0; i <= KEYS_REGISTERS; i++)
        hypercall_before[i] = evidence_random();
    hypercall_before[0] = number;
    hypercall_before[4] = (uint32_t)&hypercall_stack[FILLED];
    hypercall_before[8] = (hypercall_before[8] & KEYS_FLAGS) | 2;
}

static void segments_put(uint32_t key)
{
    uint32_t ds, es, fs, gs;

    __asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3" : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
    evidence_put(key, ds & 0xffff);
    evidence_put(key + 1, es & 0xffff);
    evidence_put(key + 2, fs & 0xffff);
    evidence_put(key + 3, gs & 0xffff);
}

/* Flat segments of both rings, with different RPLs: ring 1 may use them all. */
static void segments_choose(void)
{
    uint32_t number = evidence_random();

    __asm__ volatile("mov %w0, %%ds; mov %w1, %%es; mov %w2, %%fs; mov %w3, %%gs"
                     : : "r"(number & 1 ? SELECTOR_RING1_DATA : SELECTOR_RING3_DATA),
                         "r"(number & 1 ? SELECTOR_RING3_DATA : SELECTOR_RING1_DATA),
                         "r"(number & 2 ? SELECTOR_RING3_DATA : SELECTOR_RING1_CODE),
                         "r"(number & 4 ? 0 : SELECTOR_RING3_CODE));
}

/* The word just below ESP is the caller's own. */
static uint32_t canary_changes(void)
{
    uint32_t changes = 0;

    for (int i = 0; i < STACK; i++)
        changes += i != FILLED - 1 && hypercall_stack[i] != pattern[i];
    return changes;
}

static void known_call(void)
{
    segments_choose();
    segments_put(HYPERCALL_SEGMENTS);
    registers_draw(HYPERCALL_XEN_VERSION);
    hypercall_before[3] = XENVER_VERSION;
    call_with_all();
    segments_put(HYPERCALL_SEGMENTS + 4);
    for (uint32_t i = 0; i < KEYS_REGISTERS; i++)
        evidence_put(HYPERCALL_REGISTERS + i, hypercall_after[i]);
    evidence_put(HYPERCALL_FLAGS, hypercall_after[KEYS_REGISTERS]);
    evidence_put(HYPERCALL_STACK, hypercall_before[4]);
}

/* In the table's range and not offered, just beyond it, and where sign or low byte alone would mislead. */
static void unknown_calls(void)
{
    static const uint32_t numbers[8] = { 50, 63, 64, 65, 256 + HYPERCALL_XEN_VERSION, 0x7fffffff,
                                         0x80000000u + HYPERCALL_XEN_VERSION, 0xffffffff };
    uint32_t changed = 0;

    for (uint32_t i = 0; i < 8; i++) {
        registers_draw(numbers[i]);
        hypercall_before[3] = XENVER_PAGESIZE; /* what a number that is cut would answer */
        call_with_all();
        evidence_put(HYPERCALL_UNKNOWN + i, hypercall_after[0]);
        for (uint32_t k = 1; k < KEYS_REGISTERS; k++)
            changed += hypercall_after[k] != hypercall_before[k];
    }
    evidence_put(HYPERCALL_CHANGED, changed);
}

void pv_main(const struct start_info *start)
{
    struct sched_shutdown end = { .reason = SHUTDOWN_POWEROFF };

    (void)start;
    for (int i = 0; i < STACK; i++)
        hypercall_stack[i] = pattern[i] = evidence_random();
    known_call();
    unknown_calls();
    evidence_put(HYPERCALL_CANARY, canary_changes());
    evidence_seal();
    hypercall_sched_op(SCHED_SHUTDOWN, &end);
}
