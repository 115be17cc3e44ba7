/* Hands a GDT to the hypervisor and asks for descriptors that it must not have. At the end it runs for ever, so that
   its table is the one the CPU has. */
#include "descriptor_tries.h"
#include "evidence.h"
#include "evidence_keys.h"
#include "hypercall.h"

void pv_main(const struct start_info *start);

#define PAGE    4096u
#define ENTRIES 512
#define MARK    20      /* index of a segment over one word */

static uint64_t gdt[2 * ENTRIES] __attribute__((aligned(4096)));
static uint32_t word;
static const struct start_info *info;

static uint32_t frame_of(const void *address)
{
    return ((const uint32_t *)info->mfn_list)[(uint32_t)address / PAGE];
}

/* Data of DPL 1 over the four bytes at `address`. */
static uint64_t word_descriptor(uint32_t address)
{
    return 0x0040b30000000003u | (uint64_t)(address & 0xffffff) << 16 | (uint64_t)(address >> 24) << 56;
}

static void good_load(void)
{
    uint32_t frame = frame_of(gdt);

    for (uint32_t i = 0; i < DESCRIPTORS_GOOD; i++)
        gdt[DESCRIPTORS_FIRST + i] = descriptors_good[i].asked;
    gdt[MARK] = word_descriptor((uint32_t)&word);
    evidence_put(DESCRIPTORS_LOAD, (uint32_t)hypercall_set_gdt(&frame, ENTRIES));
    evidence_put(START_TABLE, frame_of((const void *)info->pt_base) * PAGE);
    evidence_seal();
}

static void word_read(void)
{
    uint32_t value;

    word = evidence_random();
    __asm__ volatile("mov %w1, %%fs; mov %%fs:0, %0; mov %w2, %%fs"
                     : "=&r"(value) : "r"(MARK * 8 + 1), "r"(0) : "memory");
    evidence_put(DESCRIPTORS_WORD, value);
    evidence_seal();
}

static void bad_ask(void)
{
    uint64_t address = (uint64_t)frame_of(gdt) * PAGE + (ENTRIES - 1) * 8;

    for (uint32_t i = 0; i < DESCRIPTORS_BAD; i++)
        evidence_put(DESCRIPTORS_UPDATE + i, (uint32_t)hypercall_update_descriptor(address, descriptors_bad[i].asked));
    uint32_t frames[2] = { frame_of(gdt), frame_of(gdt + ENTRIES) };
    gdt[2 * ENTRIES - 1] = descriptors_bad[0].asked;
    evidence_put(DESCRIPTORS_SECOND, (uint32_t)hypercall_set_gdt(frames, 2 * ENTRIES));
    evidence_seal();
}

void pv_main(const struct start_info *start)
{
    info = start;
    good_load();
    word_read();
    bad_ask();
    evidence_spin();
}
