/*
 * The shared page (public interface): the one page that a domain and the hypervisor both write at any time. So the
 * hypervisor reads nothing here twice and believes nothing; a guest may scribble over all of it and harms itself only.
 * Layout of Xen's xen.h and arch-x86/xen.h. The event fields are floor 4's work; upcall_mask matters from floor 2 on.
 */
#ifndef RINGLET_ABI_SHARED_H
#define RINGLET_ABI_SHARED_H

#include "abi_hypercall.h"

#define XEN_LEGACY_MAX_VCPUS 32

/* Written by the hypervisor only. A guest reads until version was even and the same before and after. */
struct vcpu_time_info {
    uint32_t version; /* odd: being written */
    uint32_t pad0;
    abi_u64 tsc_timestamp;      /* time-stamp counter at the last update */
    abi_u64 system_time;        /* ns since boot, at that moment */
    uint32_t tsc_to_system_mul; /* ns = ((tsc - tsc_timestamp) << tsc_shift) * this >> 32; never 0 */
    int8_t tsc_shift;           /* negative: to the right */
    uint8_t flags;
    uint8_t pad1[2];
};

struct arch_vcpu_info {
    uint32_t cr2; /* address of the last page fault that was passed on */
    uint32_t pad[5];
};

struct vcpu_info {
    uint8_t evtchn_upcall_pending; /* set by the hypervisor, cleared by the guest */
    uint8_t evtchn_upcall_mask;    /* not 0: no upcalls now; the guest's IF, inverted */
    uint32_t evtchn_pending_sel;   /* bit n: look into evtchn_pending[n] */
    struct arch_vcpu_info arch;
    struct vcpu_time_info time;
};

struct arch_shared_info {
    uint32_t max_pfn; /* this and the lists below: the guest tells tools about itself, the hypervisor never looks */
    uint32_t pfn_to_mfn_frame_list_list;
    uint32_t nmi_reason;
    uint32_t p2m_cr3;
    uint32_t p2m_vaddr;
    uint32_t p2m_generation;
    uint32_t wc_sec_hi; /* upper half of wc_sec */
};

struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    uint32_t evtchn_pending[32]; /* a bit for each of 1024 ports: set by the hypervisor, cleared by the guest */
    uint32_t evtchn_mask[32];    /* 1: no upcall for that port; only the guest writes */
    uint32_t wc_version;         /* odd: being written */
    uint32_t wc_sec;             /* wall-clock time when system_time was 0, since 1970 */
    uint32_t wc_nsec;
    struct arch_shared_info arch;
};

_Static_assert(sizeof(struct vcpu_time_info) == 32, "Xen's xen.h on i386");
_Static_assert(sizeof(struct vcpu_info) == 64, "Xen's xen.h on i386");
_Static_assert(sizeof(struct shared_info) <= 4096, "one page");

#endif
