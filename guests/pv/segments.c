/* The kernel's own descriptor page and the two calls that change what the processor sees of it. Called by tests of
   descriptors; all others live with the four flat segments that every domain has. */
#include "segments.h"

#include "hypercall.h"
#include "memory.h"

uint64_t gdt_page[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));

/* A page cannot be writable and hold live descriptors: the types exclude each other (abi.md 3.2). */
void descriptors_protect(const void *page)
{
    page_set_rights(page, PAGE_PRESENT | PAGE_ACCESSED | PAGE_DIRTY);
}

/* One page. Tests of several make their own list. */
int32_t gdt_load(uint32_t entries)
{
    uint32_t frame = frame_of(gdt_page);

    descriptors_protect(gdt_page);
    return hypercall_set_gdt(&frame, entries);
}

/* By machine address: which table the descriptor is in, the hypervisor must find out. */
int32_t gdt_set(unsigned index, uint64_t descriptor)
{
    return hypercall_update_descriptor(machine_address(&gdt_page[index]), descriptor);
}
