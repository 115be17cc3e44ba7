/*
 * Start of day (public interface): the page a pv kernel finds at ESI, and the ELF notes by which it says what it wants.
 * Written once by the builder; the kernel may change its copy at will, nobody reads it back. Numbers of Xen's xen.h
 * and elfnote.h. Where everything lies in memory: the notes choose the virtual base, the builder the rest.
 */
#ifndef RINGLET_ABI_START_H
#define RINGLET_ABI_START_H

/* Types of notes; owner name "Xen". Values are 32-bit numbers or strings, as given. */
#define XEN_NOTE_INFO               0  /* not used */
#define XEN_NOTE_ENTRY              1  /* virtual address of the first instruction, instead of the ELF header's */
#define XEN_NOTE_HYPERCALL_PAGE     2  /* virtual address of the page to fill with stubs */
#define XEN_NOTE_VIRT_BASE          3  /* virtual address of pseudo-physical 0 */
#define XEN_NOTE_PADDR_OFFSET       4  /* taken from each p_paddr */
#define XEN_NOTE_XEN_VERSION        5  /* "xen-3.0" */
#define XEN_NOTE_GUEST_OS           6  /* string, for people */
#define XEN_NOTE_GUEST_VERSION      7  /* string, for people */
#define XEN_NOTE_LOADER             8  /* "generic" */
#define XEN_NOTE_PAE_MODE           9  /* "yes", "bimodal" or "no", then perhaps "[extended-cr3]" */
#define XEN_NOTE_FEATURES           10 /* "name|!name|...": wanted, and (with !) needed */
#define XEN_NOTE_BSD_SYMTAB         11 /* "yes": symbol table after the image */
#define XEN_NOTE_HV_START_LOW       12 /* lowest address at which the hypervisor may begin */
#define XEN_NOTE_L1_MFN_VALID       13
#define XEN_NOTE_SUSPEND_CANCEL     14
#define XEN_NOTE_INIT_P2M           15 /* virtual address wanted for mfn_list */
#define XEN_NOTE_MOD_START_PFN      16
#define XEN_NOTE_SUPPORTED_FEATURES 17 /* bits 1 << XENFEAT_* */
#define XEN_NOTE_PHYS32_ENTRY       18 /* another kind of guest */

/* start_info.flags */
#define SIF_PRIVILEGED      1  /* may ask for the machine */
#define SIF_INITDOMAIN      2  /* domain 0: no console page, no store page */
#define SIF_MULTIBOOT_MOD   4  /* mod_start is a list of modules */
#define SIF_MOD_START_PFN   8  /* mod_start is a frame number, not an address */
#define SIF_VIRT_P2M_4TOOLS 16

#define MAX_GUEST_CMDLINE 1024 /* with its NUL */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct start_info {
    char magic[32];        /* "xen-<major>.<minor>-x86_32p", NUL */
    uint32_t nr_pages;     /* of the domain: pseudo-physical frames 0 .. nr_pages - 1 */
    uint32_t shared_info;  /* machine ADDRESS of struct shared_info, page-aligned */
    uint32_t flags;        /* SIF_* */
    uint32_t store_mfn;    /* machine frame of the store's ring */
    uint32_t store_evtchn; /* local port of the store */
    struct {
        uint32_t mfn;    /* machine frame of the console's ring */
        uint32_t evtchn; /* local port of the console */
    } console;             /* both 0 with SIF_INITDOMAIN: console_io is the console */
    uint32_t pt_base;      /* virtual address of the L3; the other page tables follow it */
    uint32_t nr_pt_frames; /* of them all */
    uint32_t mfn_list;     /* virtual address of nr_pages uint32_t: machine frame of each pseudo-physical one */
    uint32_t mod_start;    /* virtual address of the ramdisk; 0: none */
    uint32_t mod_len;      /* its bytes */
    char cmd_line[MAX_GUEST_CMDLINE]; /* NUL-terminated, without the program's name */
    uint32_t first_p2m_pfn; /* where mfn_list lies if outside the initial mapping; else 0 */
    uint32_t nr_p2m_frames;
};

_Static_assert(sizeof(struct start_info) == 1112, "Xen's xen.h on i386");
#endif

#endif
