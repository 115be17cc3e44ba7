/* What the kernel knows about its memory: the list of machine frames from start_info, the initial page tables, which it
   may read, and update_va_mapping, which only floor 3 offers. Owns the page at which shared_info is mapped, if it is.
   Called by test.c at the start, then by tests. */
#include "memory.h"

#include <stddef.h>

#include "hypercall.h"
#include "test.h"

#define FRAME_BITS      0x0000000FFFFFF000ull

const struct start_info *start_info;
struct shared_info *shared_info;
static char shared_page[PAGE_SIZE] __attribute__((aligned(4096)));
extern char user_start[], user_end[];   /* linker.ld */

/* The builder fills the list before the first instruction; it is plain memory, and ours to change. */
uint32_t frame_of(const void *address)
{
    const uint32_t *frames = (const uint32_t *)start_info->mfn_list;

    return frames[(uint32_t)address / PAGE_SIZE];
}

/* 64 bits: frames may lie above 4 GiB on a real machine. */
uint64_t machine_address(const void *address)
{
    return (uint64_t)frame_of(address) * PAGE_SIZE + (uint32_t)address % PAGE_SIZE;
}

/* An entry holds a machine frame; the M2P says which page of ours that is, and VIRT_BASE is 0. */
static const uint64_t *table_of(uint64_t entry)
{
    const uint32_t *m2p = (const uint32_t *)MACH2PHYS_VIRT_START;

    return (const uint64_t *)(m2p[(entry & FRAME_BITS) / PAGE_SIZE] * PAGE_SIZE);
}

/* Three levels: 2 bits, 9 and 9. Large pages do not occur: the hypervisor refuses them (abi.md 3.3). */
uint64_t page_entry(uint32_t address)
{
    const uint64_t *table = (const uint64_t *)start_info->pt_base;
    uint64_t entry = table[address >> 30];

    for (unsigned shift = 21; shift >= 12 && (entry & PAGE_PRESENT); shift -= 9)
        entry = table_of(entry)[address >> shift & (TABLE_ENTRIES - 1)];
    return entry;
}

/* -ENOSYS is floor 2's answer to all page-table calls. */
static bool entry_set(const void *page, uint64_t entry)
{
    int32_t result = hypercall_update_va_mapping((uint32_t)page, entry, UVMF_INVLPG);

    if (result != 0 && result != -ENOSYS)
        test_failure("update_va_mapping refused a page of our own");
    return result == 0;
}

/* Present or not is one of the rights, so 0 unmaps the page. */
bool page_set_rights(const void *page, uint32_t rights)
{
    return entry_set(page, (uint64_t)frame_of(page) * PAGE_SIZE | rights);
}

/* The L3 is the first of them. */
uint32_t address_read_only(void)
{
    return start_info->pt_base;
}

/* Ring 3's pages get the U bit; shared_info is mapped where the floor allows it. */
void memory_start(const struct start_info *start)
{
    start_info = start;
    for (char *page = user_start; page < user_end; page += PAGE_SIZE)
        page_set_rights(page, PAGE_PRESENT | PAGE_WRITE | PAGE_USER | PAGE_ACCESSED | PAGE_DIRTY);
    if (entry_set(shared_page, start_info->shared_info | PAGE_PRESENT | PAGE_WRITE))
        shared_info = (struct shared_info *)shared_page;
}
