/*
 * Where everything of a new ring-1 guest goes (floor 2, pure). The order is that of Xen's own builder, and kernels rely
 * on it: the tables begin with the L3, and what lies behind the stack is free memory (abi.md 1.2).
 *
 *      virt_base                                                                            map_end
 *      | ... | kernel | ramdisk | frame list | start_info | store | console | L3 4*L2 L1 ... | stack | free ... |
 *            each at the next page                                                              at least 512 KiB
 *
 * The tables map themselves along with the rest, so how many there are depends on how much there is to map, and the
 * other way round: try, and try again with one more until it fits.
 */
#include "pv_layout.h"
#include <stddef.h>
#include "abi_hypercall.h"
#include "layout.h"

#define L1_COVERS  0x200000u /* bytes */
#define MAP_UNIT   0x400000u /* map_end is a multiple of it */
#define SLACK      0x80000u  /* mapped memory behind the stack, for the kernel to build its own tables in */

/* Rounded up; no sum, for `bytes` may be all but 4 GiB. */
static uint32_t pages_of(uint32_t bytes)
{
    return bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
}

/* All that lies before the tables; returns the first page behind it. */
static uint32_t fixed_place(const struct pv_image *image, struct pv_layout *layout)
{
    layout->module = pages_of(image->kernel_end - image->virt_base);
    layout->list = layout->module + pages_of(layout->module_size); /* no module: the same page */
    layout->start_info = layout->list + pages_of(layout->pages * 4); /* four bytes for each page of memory */
    layout->store = layout->start_info + 1;
    layout->console = layout->store + 1;
    return layout->console + 1;
}

/* With `l1_count` L1s: does what they map reach far enough? 64 bits, for the sums may pass the end of the space. */
static int tables_place(const struct pv_image *image, struct pv_layout *layout, uint32_t l1_count)
{
    uint64_t end;

    layout->table_count = PV_TABLES_ABOVE_L1 + l1_count;
    layout->stack = layout->tables + layout->table_count;
    end = (uint64_t)image->virt_base + (uint64_t)(layout->stack + 1) * PAGE_SIZE + SLACK;
    end = (end + MAP_UNIT - 1) / MAP_UNIT * MAP_UNIT;
    layout->map_start = image->virt_base & ~(L1_COVERS - 1);
    layout->map_end = (uint32_t)end;
    return end <= HYPERVISOR_VIRT_START && (end - layout->map_start) / L1_COVERS <= l1_count;
}

/*
 * Counted up from 1, so the first that does is the least: a table too many would be a page less for the guest, which
 * counts on exactly nr_pt_frames. The loop ends at as many L1s as there can be below the hypervisor.
 */
const char *pv_layout_make(const struct pv_image *image, uint32_t pages, uint32_t module_size,
                           struct pv_layout *layout)
{
    const uint32_t most = HYPERVISOR_VIRT_START / L1_COVERS;

    *layout = (struct pv_layout){ .pages = pages, .module_size = module_size };
    layout->tables = fixed_place(image, layout);
    for (uint32_t l1_count = 1; l1_count <= most; l1_count++)
        if (tables_place(image, layout, l1_count)) {
            if (layout->stack < pages)
                return NULL;
            return "it is larger than its memory, with what belongs to it; give it more with mem=";
        }
    return "it leaves no room for its page tables below the hypervisor's part";
}
