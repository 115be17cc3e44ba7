/* Tells the registers of its first instruction, and what start_info says. It makes no hypercall before that is sealed,
   so nothing but entering ring 1 has to be written. */
#include "abi_cpu.h"
#include "abi_hypercall.h"
#include "abi_sched.h"
#include "abi_start.h"
#include "evidence.h"
#include "evidence_keys.h"

#define PAGE 4096u

void start_main(void);

uint32_t start_registers[KEYS_REGISTERS + 1];

static void segments_put(void)
{
    uint32_t cs, ss, ds, es, fs, gs;

    __asm__ volatile("mov %%cs, %0; mov %%ss, %1; mov %%ds, %2" : "=r"(cs), "=r"(ss), "=r"(ds));
    __asm__ volatile("mov %%es, %0; mov %%fs, %1; mov %%gs, %2" : "=r"(es), "=r"(fs), "=r"(gs));
    const uint32_t values[] = { cs, ss, ds, es, fs, gs };
    for (uint32_t i = 0; i < 6; i++)
        evidence_put(START_SEGMENTS + i, values[i] & 0xffff);
}

/* The stack page follows the page tables (abi.md 1.2). */
static void info_put(const struct start_info *start)
{
    const uint32_t *magic = (const uint32_t *)start, *frames = (const uint32_t *)start->mfn_list;

    for (uint32_t i = 0; i < 4; i++)
        evidence_put(START_MAGIC + i, magic[i]);
    evidence_put(START_STACK, start->pt_base + (start->nr_pt_frames + 1) * PAGE);
    evidence_put(START_TABLE, frames[start->pt_base / PAGE] * PAGE);
}

void start_main(void)
{
    struct sched_shutdown end = { .reason = SHUTDOWN_POWEROFF };

    for (uint32_t i = 0; i < KEYS_REGISTERS; i++)
        evidence_put(START_REGISTERS + i, start_registers[i]);
    evidence_put(START_FLAGS, start_registers[KEYS_REGISTERS]);
    segments_put();
    evidence_seal();
    info_put((const struct start_info *)start_registers[6]); /* ESI, which may point to nowhere */
    evidence_seal();
    __asm__ volatile("int $0x82" : : "a"(HYPERCALL_SCHED_OP), "b"(SCHED_SHUTDOWN), "c"(&end) : "memory");
    evidence_spin();
}
