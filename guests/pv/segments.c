/* The kernel's own descriptor page and the two calls that change what the processor sees of it. Called by tests of
   descriptors; all others live with the four flat segments that every domain has. */
#include "segments.h"

#include "hypercall.h"
#include "memory.h"

uint64_t gdt_page[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));

void descriptors_protect(const void *page)
{
    page_set_rights(page, PAGE_PRESENT | PAGE_ACCESSED | PAGE_DIRTY);
}

int32_t gdt_load(uint32_t entries)
{
    uint32_t frame = frame_of(gdt_page);

    descriptors_protect(gdt_page);
    return hypercall_set_gdt(&frame, entries);
}

int32_t gdt_set(unsigned index, uint64_t descriptor)
{
    return hypercall_update_descriptor(machine_address(&gdt_page[index]), descriptor);
}
