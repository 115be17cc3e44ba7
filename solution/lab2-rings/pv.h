/*
 * A paravirtual guest (floor 2): a kernel that knows it does not own the machine. It runs in ring 1 and calls us with
 * INT 0x82; its programs run in ring 3. Its registers lie in its trap frame (floor 1); everything else that the CPU
 * would keep for a kernel is here.
 *
 * Files that work on these structures reach the machine only through the functions of other files, so that most of
 * them are tested on the host.
 */
#ifndef RINGLET_PV_H
#define RINGLET_PV_H

#include <stdbool.h>
#include <stdint.h>
#include "abi_cpu.h"
#include "abi_hypercall.h"
#include "abi_shared.h"
#include "domain.h"
#include "floor.h"
#include "frames.h"
#include "layout.h"

#define PV_GDT_PAGES GDT_GUEST_PAGES
#define PV_LDT_PAGES 16 /* 8192 descriptors, all that a selector can name */
#define PV_INPUT     64 /* bytes typed and not yet read */
#define PV_CALLBACKS 8  /* CALLBACK_* are below it */

/* Where an exception or a callback enters the guest's kernel. */
struct pv_handler {
    uint32_t eip;
    uint16_t cs;         /* RPL >= 1; below 4: there is no handler */
    uint8_t dpl;         /* the outermost ring that may raise it with INT n */
    bool masks_events;   /* upcall mask is set on the way in */
};

/* One table of descriptors: the guest's pages, and the validated copies that the CPU reads instead of them. */
struct pv_table {
    uint32_t count;               /* pages */
    mfn_t source[PV_LDT_PAGES];   /* the guest's */
    mfn_t copy[PV_LDT_PAGES];     /* ours */
};

/*
 * A hypercall that is made again until it is done (hypercall.c): where, with what, and what the guest's arguments were.
 */
struct pv_call {
    uint32_t eip, esp, first, second; /* as the frame has them when it is made again; eip 0: there is none */
    uint32_t given[3];                /* EBX ECX EDX of the first time */
};

/* What one vcpu has beside its frame. In a frame of its own. */
struct pv_vcpu {
    uint64_t pdpt[4] __attribute__((aligned(32))); /* the L3 that is really loaded: the guest's own never is */
    struct vcpu *vcpu;
    struct pv_domain *owner;      /* its domain's part */
    struct vcpu_info *info;       /* in the domain's shared_info page: the guest writes it too */
    mfn_t base;                   /* the guest's L3, as it named it */
    uint32_t kernel_sp;           /* stack for traps from ring 3 */
    uint16_t kernel_ss;
    uint8_t iopl;                 /* virtual; the real one is 0 */
    bool task_switched;           /* virtual CR0.TS */
    bool nmi_pending, nmi_active; /* wanted by us; being handled, until its iret */
    bool call_was_long;           /* its last hypercall: a list of them must not go on in the same trap */
    uint32_t cr4;                 /* virtual: what it wrote and reads back */
    uint32_t debug[8];            /* virtual DR0-7; 4 and 5 unused */
    uint32_t io_bitmap;           /* guest address of its port bitmap; a set bit refuses ring 3 the port */
    uint32_t io_bitmap_ports;     /* ports that it covers */
    uint64_t fast_gate;           /* for IDT[0x80] while this vcpu runs; 0: none */
    struct pv_call call;          /* the last that did not end in one trap */
    struct pv_table gdt, ldt;
    uint32_t ldt_entries;         /* of the LDT's last load */
    struct pv_handler callbacks[PV_CALLBACKS]; /* by CALLBACK_* */
    struct pv_handler traps[256]; /* by vector */
};

_Static_assert(sizeof(struct pv_vcpu) <= PAGE_SIZE, "one frame");

/* What a domain has. Per-domain data; frames is NULL where the domain is of another kind. */
struct pv_domain {
    struct domain *domain;
    mfn_t *frames;                /* its memory by pfn; the array is ours, so no guest can change it */
    uint32_t frame_count;         /* pages of memory */
    uint32_t array_frames;        /* frames that the array takes */
    uint32_t table_first, table_count; /* pfns of the initial page tables */
    mfn_t shared;                 /* shared_info; MFN_NONE: not there yet */
    uint32_t assists;             /* bits 1 << VM_ASSIST_* */
    uint64_t missing_told;        /* hypercalls that no floor offers and that the log has named */
    struct pv_vcpu *vcpu[DOMAIN_MAX_VCPUS];
    uint8_t input[PV_INPUT];      /* typed, oldest first */
    uint32_t input_count;
};

extern struct pv_domain pv_domain;

/* This domain's paravirtual guest; NULL when the domain is of another kind. */
static inline struct pv_domain *pv_of(struct domain *domain)
{
    struct pv_domain *pv = domain_data(domain, pv_domain);

    return pv->frames != NULL ? pv : NULL;
}

/* NULL when the vcpu is not one of a paravirtual guest. */
static inline struct pv_vcpu *pv_vcpu_of(struct vcpu *vcpu)
{
    return domain_data(vcpu->domain, pv_domain)->vcpu[vcpu->id];
}

/* The vcpu that runs, if it is a ring-1 guest's, else NULL: what every trap asks first. Owner: pv_switch.c. */
extern struct pv_vcpu *pv_running;

/* Ring 1 is the kernel; 2 counts as a program, like 3. */
static inline bool pv_in_kernel(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 1;
}

#endif
