/* Measures what validated page tables cost a paravirtual kernel, as bench-pv measures the rest: TSC around a loop of one
   operation, less the same loop without it. Under QEMU's -icount shift=0 the TSC counts instructions. Prints
   `bench mmu.NAME COUNT`; a batch's figure is that of one entry. */
#include "test.h"

#define ROUNDS  1000
#define BATCHES 20
#define BATCH   256
#define RIGHTS  (PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY)

static uint8_t pages[BATCH * PAGE_SIZE] __attribute__((aligned(4096)));
static struct mmu_update map[BATCH], unmap[BATCH]; /* of each page, writable */
static uint64_t writable, readable;                /* entries for the first page */

#define LOOP(name, operation)                                               \
    static uint32_t name(uint32_t rounds)                                   \
    {                                                                       \
        uint32_t start = (uint32_t)cpu_rdtsc();                             \
                                                                            \
        for (uint32_t round = 0; round < rounds; round++) {                 \
            __asm__ volatile("" : "+r"(round));                             \
            operation;                                                      \
        }                                                                   \
        return (uint32_t)cpu_rdtsc() - start;                               \
    }

LOOP(loop_empty, )
LOOP(loop_same, hypercall_update_va_mapping((uint32_t)pages, writable, UVMF_NONE))
LOOP(loop_toggle, hypercall_update_va_mapping((uint32_t)pages, round & 1 ? writable : readable, UVMF_INVLPG))
LOOP(loop_batch, hypercall_mmu_update(round & 1 ? map : unmap, BATCH, NULL))

static void measure(const char *name, uint32_t (*loop)(uint32_t), uint32_t rounds, uint32_t per_round)
{
    uint32_t with, without;

    loop(2);
    loop_empty(2);
    with = loop(rounds);
    without = loop_empty(rounds);
    print("bench mmu.%s %u\n", name, (with - without + rounds * per_round / 2) / (rounds * per_round));
}

/* Machine address of the L1 entry that maps a page: the L1 is found by the initial tables, which lie in order. */
static uint64_t entry_address(uint32_t address)
{
    const uint64_t *l1 = (const uint64_t *)(start_info->pt_base + 5 * PAGE_SIZE);

    return machine_address(&l1[address / PAGE_SIZE]);
}

static void requests_make(void)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        uint64_t page = machine_address(pages + i * PAGE_SIZE);

        map[i].ptr = unmap[i].ptr = entry_address((uint32_t)pages + i * PAGE_SIZE) | MMU_NORMAL_PT_UPDATE;
        map[i].val = page | RIGHTS;
        unmap[i].val = 0;
    }
}

void test_run(void)
{
    writable = machine_address(pages) | RIGHTS;
    readable = writable & ~(uint64_t)PAGE_WRITE;
    requests_make();
    test_result("update_va_mapping", hypercall_update_va_mapping((uint32_t)pages, writable, UVMF_INVLPG), 0);
    test_result("a batch", hypercall_mmu_update(unmap, BATCH, NULL), 0);
    test_result("and back", hypercall_mmu_update(map, BATCH, NULL), 0);
    measure("update_va.same", loop_same, ROUNDS, 1);
    measure("update_va.toggle", loop_toggle, ROUNDS, 1);
    measure("batch.per_entry", loop_batch, BATCHES, BATCH);
    test_success();
}
