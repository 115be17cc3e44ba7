/* The address space at the start: page tables as start_info says, each page of memory where its number says, tables
   read-only, the machine-to-physical table readable and right (abi.md 1.2, 1.3, 3.1). */
/* expect: success */
#include "test.h"

static const volatile uint32_t *const m2p = (const volatile uint32_t *)MACH2PHYS_VIRT_START;

OPERATION(write_table, "mov %%esp, %%ecx; mov start_info, %%eax; mov 60(%%eax), %%eax; movl $0, 32(%%eax)")
OPERATION(write_m2p, "movl $0, 0xF5800000")

/* Both directions agree for every page. shared_info is the hypervisor's and so none of them. */
static void frames_check(void)
{
    const uint32_t *frames = (const uint32_t *)start_info->mfn_list;

    for (uint32_t page = 0; page < start_info->nr_pages; page++)
        test_equal("page of a frame, by the M2P", m2p[frames[page]], page);
    test_check(m2p[start_info->shared_info / PAGE_SIZE] >= start_info->nr_pages, "shared_info counts as our memory");
}

/* All four slots of the L3, then every page of the image by its own frame; but one the library has mapped elsewhere,
   where the hypervisor lets it (memory.c). */
static void mapping_check(void)
{
    const uint64_t *top = (const uint64_t *)start_info->pt_base;
    uint32_t tables_end = start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE;

    for (unsigned slot = 0; slot < 4; slot++)
        test_check(top[slot] & PAGE_PRESENT, "a slot of the L3 is empty");
    for (uint32_t address = (uint32_t)image_start; address < tables_end; address += PAGE_SIZE) {
        uint64_t entry = page_entry(address);
        bool is_table = address >= start_info->pt_base;

        test_check(entry & PAGE_PRESENT, "a page of ours is not mapped");
        test_equal("frame", (uint32_t)(entry >> 12), address == (uint32_t)shared_info && shared_info != NULL ?
                   start_info->shared_info / PAGE_SIZE : frame_of((void *)address));
        test_check(!(entry & PAGE_WRITE) == is_table, "right to write");
    }
    test_check((page_entry(tables_end) & (PAGE_PRESENT | PAGE_WRITE)) == (PAGE_PRESENT | PAGE_WRITE), "boot stack");
    test_check(page_entry(tables_end + PAGE_SIZE + 0x7FFFF) & PAGE_PRESENT, "less than 512 KiB behind the stack");
}

void test_run(void)
{
    frames_check();
    mapping_check();
    test_expect("write to a page table", write_table, VECTOR_PAGE, PAGE_ERROR_PRESENT | PAGE_ERROR_WRITE);
    test_expect("write to the M2P", write_m2p, VECTOR_PAGE, PAGE_ERROR_PRESENT | PAGE_ERROR_WRITE);
    test_success();
}
