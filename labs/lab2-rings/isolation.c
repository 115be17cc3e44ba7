/*
 * Keeping ring 1 out of the hypervisor (floor 2). Owns the choice of the mode, the guests' view of the gate area, and
 * the CR3 that the way out loads.
 *
 * Paging cannot do it alone: to the paging unit rings 0, 1 and 2 are all supervisors (SDM vol. 3 section 4.6). Xen cut
 * the guests' segments short. QEMU's TCG does not look at limits, so where they mean nothing the hypervisor must be
 * absent instead:
 *
 *      mode       what a guest's tables show above 0xF5800000          what stops it          cost
 *      segments   everything: table, gate area, direct map             limits at 0xF6800000   none
 *      paging     M2P and gate area; read-only but for the trap page   nothing else is there  two loads of CR3 a trap
 *
 * Invariant in paging mode: ring 0 runs on hypervisor_l3 or on a bare guest's tables, never on a ring-1 guest's,
 * except in the few instructions of ring.S that lie in the gate area themselves. Nothing that a guest can write (the
 * trap page) is believed on the way in: the CPU and the stub have just written it.
 */
#include "isolation.h"
#include <stddef.h>
#include "abi_hypercall.h"
#include "cpu.h"
#include "domain.h"
#include "gate.h"
#include "m2p.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "print.h"
#include "ring.h"
#include "segments.h"
#include "text.h"
#include "trap.h"

#define SELECTOR_PROBE 0xE058 /* a descriptor of our page that nothing else uses */
#define PROBE_LIMIT    0xfff  /* one page: what lies behind it is mapped and readable */

enum isolation_mode { ISOLATION_AUTO, ISOLATION_SEGMENTS, ISOLATION_PAGING };

static enum isolation_mode mode = ISOLATION_AUTO;
static bool probe_faulted;

/* Paging mode only: what ring-1 guests see of the gate area. Ring 0 uses it for the length of a stub. */
static uint64_t guest_gate_l1[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* Read by ring.S just before it restores the guest's registers. */
uint32_t isolation_exit_cr3;

/* The only three words; any other is a boot option that cannot be obeyed, and that ends the boot (options.c). */
static bool isolation_set(const char *value)
{
    static const char *const words[] = { "auto", "segments", "paging" };

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_equal(value, words[i])) {
            mode = (enum isolation_mode)i;
            return true;
        }
    return false;
}

static const struct option isolation_option = { "isolation", "isolation=auto|segments|paging", isolation_set };
OPTION(isolation_option);

/*
 * One load beyond the limit of a segment made for it. A machine that enforces limits raises #GP here in ring 0, which
 * isolation_edge() turns into a note and a jump behind the load.
 */
static bool limits_are_enforced(void)
{
    struct segment segment = { DIRECT_BASE, PROBE_LIMIT,
                               SEGMENT_PRESENT | SEGMENT_USER | SEGMENT_DATA | SEGMENT_ACCESSED, true };

    segments_descriptor_set(SELECTOR_PROBE, segment_pack(&segment));
    probe_faulted = false; /* until the edge says otherwise */
    ring_probe(SELECTOR_PROBE, PROBE_LIMIT + 1);
    segments_descriptor_set(SELECTOR_PROBE, 0); /* nobody shall find it later */
    return probe_faulted;
}

/*
 * Only that one instruction may fault; by its address, so that a fault anywhere else in ring 0 remains our own mistake.
 */
bool isolation_edge(struct trap_frame *frame)
{
    if (frame->vector != VECTOR_GP || frame->eip != (uint32_t)ring_probe_load)
        return false;
    probe_faulted = true;
    frame->eip = (uint32_t)ring_probe_done; /* behind the load: its result is of no interest */
    return true;
}

/* One sentence: the mode, and why. In segments mode without limits everybody should know that the door is open. */
static void isolation_announce(bool enforced, bool was_asked)
{
    const char *limits = enforced ? "this machine enforces segment limits" : "this machine ignores segment limits";

    if (mode == ISOLATION_SEGMENTS && !enforced)
        print("isolation: segments, as asked for; but %s: ring 1 can reach the hypervisor\n", limits);
    else
        print("isolation: %s, %s%s\n", mode == ISOLATION_PAGING ? "paging" : "segments", limits,
              was_asked ? "; as asked for" : "");
}

/* Everything of the gate area, without the right to write. Trap page and windows are set for each guest. */
static void view_make(void)
{
    const uint64_t *gate_l1 = paging_gate_l1();

    for (uint32_t i = 0; i < TABLE_ENTRIES; i++)
        guest_gate_l1[i] = gate_l1[i] & ~(uint64_t)PTE_WRITABLE;
}

/* The gate for hypercalls is open to ring 1: from ring 3 it is #GP, like any other INT n (abi.md 1.7). */
static void hypercall_gate_set(const void *stub)
{
    struct gate gate = { (uint32_t)stub, SELECTOR_CODE, SEGMENT_PRESENT | SEGMENT_DPL(1) | GATE_INTERRUPT };

    segments_gate_set(HYPERCALL_VECTOR, gate_pack(&gate));
}

/*
 * The probe comes first even where the mode was asked for: the line on the console says what the machine does, and
 * somebody who has asked for segments on a machine without limits shall read what that means.
 */
void isolation_init(void)
{
    bool enforced = limits_are_enforced(), was_asked = mode != ISOLATION_AUTO;

    if (!was_asked)
        mode = enforced ? ISOLATION_SEGMENTS : ISOLATION_PAGING;
    isolation_announce(enforced, was_asked);
    view_make(); /* in both modes: it is chosen once, but costs nothing */
    if (mode == ISOLATION_PAGING)
        segments_paths_set(ring_paged_in, ring_paged_out);
    hypercall_gate_set(mode == ISOLATION_PAGING ? ring_paged_hypercall_in : ring_hypercall_in);
}

bool isolation_is_paging(void)
{
    return mode == ISOLATION_PAGING;
}

/*
 * In segments mode a copy of our own L2: the same tables stand behind it, so what changes in the gate area changes for
 * all. In paging mode the M2P and the view, and that is all there is.
 */
void isolation_fill_top(uint64_t *l2)
{
    paging_copy_top(l2);
    if (mode != ISOLATION_PAGING)
        return;
    l2[l2_index(GATE_BASE)] = pointer_physical(guest_gate_l1) | PTE_PRESENT | PTE_WRITABLE;
    for (uint32_t i = l2_index(GATE_BASE) + 1; i < TABLE_ENTRIES; i++)
        l2[i] = 0;
}

/*
 * In both views: ring 0 restores the guest's FS and GS when an NMI has interrupted it, and in paging mode too that may
 * be before the change of address space. In the guest's view the next load of CR3 forgets the old entry.
 */
void isolation_map_window(uint32_t address, mfn_t mfn)
{
    uint64_t entry = mfn_is_none(mfn) ? 0 : pte_make(mfn, PTE_PRESENT);

    guest_gate_l1[l1_index(address)] = entry;
    paging_set_gate(address, entry);
}

/*
 * For every kind of guest: a bare one goes out on its own tables, and must not find the trap page of the vcpu before.
 */
void isolation_enter(const struct vcpu *vcpu, uint32_t cr3)
{
    isolation_exit_cr3 = cr3;
    guest_gate_l1[l1_index(GATE_TRAP)] = pte_make(vcpu->trap_page, PTE_PRESENT | PTE_WRITABLE);
}

/* In paging mode ring 0 works on its own tables: in a ring-1 guest's there is no hypervisor. */
uint32_t isolation_host_cr3(uint32_t cr3)
{
    return mode == ISOLATION_PAGING ? paging_boot_cr3() : cr3;
}
