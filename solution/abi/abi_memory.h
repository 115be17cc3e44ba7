/*
 * Memory calls (public interface): page tables and the reservation of frames. Floor 3 answers them; the floors below
 * say -ENOSYS. Numbers and layouts of Xen's xen.h and memory.h. Frames are machine frames wherever "mfn" stands.
 */
#ifndef RINGLET_ABI_MEMORY_H
#define RINGLET_ABI_MEMORY_H

#include "abi_hypercall.h"

/* mmu_update(requests, count, where to write how many were done, domain): low two bits of ptr. */
#define MMU_NORMAL_PT_UPDATE       0 /* *ptr = val, checked */
#define MMU_MACHPHYS_UPDATE        1 /* machine-to-physical entry of ptr's frame = val */
#define MMU_PT_UPDATE_PRESERVE_AD  2 /* as 0, accessed and dirty bits stay */
#define MMU_PT_UPDATE_NO_TRANSLATE 3

struct mmu_update {
    abi_u64 ptr; /* machine address of the entry, 8-aligned, plus MMU_* */
    abi_u64 val; /* the entry; for MMU_MACHPHYS_UPDATE the pseudo-physical frame */
};

/* mmuext_op(operations, count, where to write how many were done, domain): cmd; what arg1 and arg2 are. */
#define MMUEXT_PIN_L1_TABLE       0 /* mfn; likewise below */
#define MMUEXT_PIN_L2_TABLE       1
#define MMUEXT_PIN_L3_TABLE       2
#define MMUEXT_PIN_L4_TABLE       3 /* 64-bit guests only */
#define MMUEXT_UNPIN_TABLE        4
#define MMUEXT_NEW_BASEPTR        5  /* mfn of an L3: the new CR3 */
#define MMUEXT_TLB_FLUSH_LOCAL    6  /* - */
#define MMUEXT_INVLPG_LOCAL       7  /* linear address */
#define MMUEXT_TLB_FLUSH_MULTI    8  /* -, address of a bitmap of vcpus */
#define MMUEXT_INVLPG_MULTI       9  /* linear address, bitmap */
#define MMUEXT_TLB_FLUSH_ALL      10 /* - */
#define MMUEXT_INVLPG_ALL         11 /* linear address */
#define MMUEXT_FLUSH_CACHE        12 /* - */
#define MMUEXT_SET_LDT            13 /* linear address, page-aligned; number of descriptors */
#define MMUEXT_NEW_USER_BASEPTR   15 /* 64-bit guests only */
#define MMUEXT_CLEAR_PAGE         16 /* mfn */
#define MMUEXT_COPY_PAGE          17 /* mfn to, mfn from */
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER         19
#define MMUEXT_UNMARK_SUPER       20

struct mmuext_op {
    uint32_t cmd;  /* MMUEXT_* */
    uint32_t arg1; /* mfn or linear address */
    uint32_t arg2; /* number of descriptors, bitmap's address, or mfn to copy from */
};

/* update_va_mapping(address, entry's low half, high half, flags): type of flush, or-ed with whose TLB. */
#define UVMF_NONE           0
#define UVMF_TLB_FLUSH      1
#define UVMF_INVLPG         2
#define UVMF_FLUSHTYPE_MASK 3
#define UVMF_MULTI          0 /* plus the guest address of a bitmap of vcpus */
#define UVMF_LOCAL          0
#define UVMF_ALL            4

/* memory_op(MEMORY_*, guest address of the structure). */
#define MEMORY_INCREASE_RESERVATION 0 /* struct xen_memory_reservation; returns how many extents; likewise 1 and 6 */
#define MEMORY_DECREASE_RESERVATION 1
#define MEMORY_MAXIMUM_RAM_PAGE     2 /* no structure; returns the machine's last frame */
#define MEMORY_CURRENT_RESERVATION  3 /* struct xen_memory_domain; returns frames */
#define MEMORY_MAXIMUM_RESERVATION  4 /* struct xen_memory_domain; returns frames */
#define MEMORY_MACHPHYS_MFN_LIST    5 /* struct xen_machphys_mfn_list */
#define MEMORY_POPULATE_PHYSMAP     6
#define MEMORY_ADD_TO_PHYSMAP       7 /* not for pv guests */
#define MEMORY_MEMORY_MAP           9 /* struct xen_memory_map */
#define MEMORY_MACHINE_MEMORY_MAP   10
#define MEMORY_EXCHANGE             11 /* struct xen_memory_exchange */
#define MEMORY_MACHPHYS_MAPPING     12 /* struct xen_machphys_mapping */
#define MEMORY_MAXIMUM_GPFN         14

struct xen_memory_reservation {
    uint32_t extent_start; /* guest address of nr_extents uint32_t: frame numbers, in or out by the command */
    uint32_t nr_extents;
    uint32_t extent_order; /* an extent is 2^order frames */
    uint32_t mem_flags;
    uint16_t domid;
};

struct xen_memory_exchange {
    struct xen_memory_reservation in;  /* frames given */
    struct xen_memory_reservation out; /* where they are wanted; numbers of frames got */
    uint32_t nr_exchanged;             /* out; 0 before the call */
};

struct xen_memory_domain {
    uint16_t domid;
};

struct xen_machphys_mfn_list {
    uint32_t max_extents;  /* room in the list */
    uint32_t extent_start; /* guest address of uint32_t: first frame of each 2 MiB of the table */
    uint32_t nr_extents;   /* out: how many were written */
};

struct xen_machphys_mapping {
    uint32_t v_start; /* MACH2PHYS_VIRT_START */
    uint32_t v_end;   /* one past the last byte */
    uint32_t max_mfn; /* last frame with an entry */
};

struct xen_memory_map {
    uint32_t nr_entries; /* room in the buffer; out: written */
    uint32_t buffer;     /* guest address, entries as of BIOS call e820 */
};

_Static_assert(sizeof(struct mmu_update) == 16, "Xen's xen.h on i386");
_Static_assert(sizeof(struct mmuext_op) == 12, "Xen's xen.h on i386");
_Static_assert(sizeof(struct xen_memory_reservation) == 20, "Xen's memory.h on i386");

#endif
