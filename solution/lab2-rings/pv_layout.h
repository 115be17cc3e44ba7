/*
 * Where everything of a new ring-1 guest goes (floor 2, pure): behind its kernel, in the order of abi.md 1.2.
 */
#ifndef RINGLET_PV_LAYOUT_H
#define RINGLET_PV_LAYOUT_H

#include <stdint.h>
#include "pv_image.h"

/* All but the last in pages from pseudo-physical 0, which is also the distance from virt_base. */
struct pv_layout {
    uint32_t module, module_size;      /* the ramdisk, if any; bytes */
    uint32_t list;                     /* of frames by pfn */
    uint32_t start_info, store, console; /* one page each */
    uint32_t tables, table_count;      /* L3, four L2, then the L1s */
    uint32_t stack;                    /* one page */
    uint32_t pages;                    /* of the domain: memory ends here */
    uint32_t map_start, map_end;       /* addresses: what the initial L1s cover, in whole L1s */
};

#define PV_TABLES_ABOVE_L1 5 /* one L3, four L2 */

/* Lay out `pages` pages. NULL, or the reason why they do not do. */
const char *pv_layout_make(const struct pv_image *image, uint32_t pages, uint32_t module_size,
                           struct pv_layout *layout);

#endif
