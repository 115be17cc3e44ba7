/*
 * The FPU and SSE registers, switched lazily (floor 1). Owns CR0.TS and CR0.EM. Invariant: the registers in the CPU
 * belong to `owner`, whose saved copy is then stale; TS is clear only while `owner` runs.
 */
#include "fpu.h"
#include <stddef.h>
#include <stdint.h>
#include "cpu.h"
#include "domain.h"
#include "floor.h"

struct fpu_area {
    uint8_t bytes[512]; /* FXSAVE */
    bool is_used;       /* holds registers of its vcpu; otherwise it starts fresh */
} __attribute__((aligned(16)));

PER_DOMAIN struct fpu_area fpu_areas[DOMAIN_MAX_VCPUS];

static struct fpu_area fresh;
static struct vcpu *owner;
static bool is_trapping;

static struct fpu_area *area_of(struct vcpu *vcpu)
{
    return &(*domain_data(vcpu->domain, fpu_areas))[vcpu->id];
}

static void trap_set(bool trap)
{
    if (trap == is_trapping)
        return;
    is_trapping = trap;
    cr0_write(trap ? cr0_read() | CR0_TS : cr0_read() & ~CR0_TS);
}

void fpu_init(void)
{
    cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
    cr4_set(CR4_OSFXSR | CR4_OSXMMEXCPT);
    __asm__ volatile("fninit; fxsave %0" : "=m"(fresh.bytes));
    trap_set(true);
}

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

void fpu_prepare(struct vcpu *vcpu, bool wants_trap)
{
    trap_set(owner != vcpu || wants_trap);
}

void fpu_domain_destroy(struct domain *domain)
{
    if (owner != NULL && owner->domain == domain)
        owner = NULL;
}
