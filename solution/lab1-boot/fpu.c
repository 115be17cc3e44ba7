/*
 * The FPU and SSE registers, switched lazily (floor 1). Owns CR0.TS and CR0.EM. Invariant: the registers in the CPU
 * belong to `owner`, whose saved copy is then stale; TS is clear only while `owner` runs.
 *
 *      vcpu A uses the FPU     owner = A   TS clear
 *      switch to B             owner = A   TS set     nothing is moved
 *      B uses it: #NM          owner = B   TS clear   A's registers go to its area, B's come in
 *      switch to A             owner = B   TS set
 *
 * The hypervisor itself is compiled without FPU and SSE instructions, so it never disturbs them.
 */
#include "fpu.h"
#include <stddef.h>
#include <stdint.h>
#include "cpu.h"
#include "domain.h"
#include "floor.h"

/* One vcpu's registers while they are not in the CPU. FXSAVE wants them on 16 bytes (SDM vol. 1 section 10.5). */
struct fpu_area {
    uint8_t bytes[512]; /* FXSAVE */
    bool is_used;       /* holds registers of its vcpu; otherwise it starts fresh */
} __attribute__((aligned(16)));

PER_DOMAIN struct fpu_area fpu_areas[DOMAIN_MAX_VCPUS];

static struct fpu_area fresh; /* what FNINIT makes: a new vcpu's registers, so that none finds another's */
static struct vcpu *owner;    /* whose registers are in the CPU; NULL: nobody's */
static bool is_trapping;      /* CR0.TS, remembered: writing CR0 is slow, and a virtual machine may trap it */

/* Per-domain data, so it comes and goes with the domain. */
static struct fpu_area *area_of(struct vcpu *vcpu)
{
    return &(*domain_data(vcpu->domain, fpu_areas))[vcpu->id];
}

/* Called on every way back to a guest, nearly always to find that nothing changes. */
static void trap_set(bool trap)
{
    if (trap == is_trapping)
        return;
    is_trapping = trap;
    cr0_write(trap ? cr0_read() | CR0_TS : cr0_read() & ~CR0_TS);
}

/* EM clear: there is an FPU. MP: TS stops WAIT too. NE: errors are #MF, not IRQ 13 (SDM vol. 3 section 2.5). */
void fpu_init(void)
{
    cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
    cr4_set(CR4_OSFXSR | CR4_OSXMMEXCPT);
    __asm__ volatile("fninit; fxsave %0" : "=m"(fresh.bytes));
    trap_set(true);
}

/* Saved before loaded. The owner may be of another domain: nothing of its registers is left for `vcpu` to see. */
void fpu_load(struct vcpu *vcpu)
{
    const struct fpu_area *area = area_of(vcpu)->is_used ? area_of(vcpu) : &fresh;

    trap_set(false);
    if (owner == vcpu)
        return;
    if (owner != NULL) {
        __asm__ volatile("fxsave %0" : "=m"(area_of(owner)->bytes));
        area_of(owner)->is_used = true;
    }
    __asm__ volatile("fxrstor %0" : : "m"(area->bytes));
    owner = vcpu;
}

/* Both reasons to trap end in #NM; bare_trap.c asks the guest's own first. */
void fpu_prepare(struct vcpu *vcpu, bool wants_trap)
{
    trap_set(owner != vcpu || wants_trap);
}

/* Else the next vcpu's first FPU instruction would save these registers into memory that is somebody else's by then. */
void fpu_domain_destroy(struct domain *domain)
{
    if (owner != NULL && owner->domain == domain)
        owner = NULL;
}
