/*
 * The FPU and SSE registers, switched lazily (floor 1): each vcpu finds its own, but they are only moved when a guest
 * really uses them. Source: Intel SDM vol. 3 section 2.5 (CR0.TS), vol. 1 section 10.5 (FXSAVE).
 */
#ifndef RINGLET_FPU_H
#define RINGLET_FPU_H

#include <stdbool.h>

struct domain;
struct vcpu;

/* Switch FXSAVE on and take the state a fresh vcpu starts with. */
void fpu_init(void);

/* A guest's first FPU instruction in its turn (#NM): bring its registers in and let it go on. */
void fpu_load(struct vcpu *vcpu);

/* Before `vcpu` runs: trap its FPU instructions when the registers are not its own, or when it `wants_trap` itself. */
void fpu_prepare(struct vcpu *vcpu, bool wants_trap);

/* A dying domain's registers are not worth keeping. */
void fpu_domain_destroy(struct domain *domain);

#endif
