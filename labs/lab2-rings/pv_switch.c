/*
 * Bringing a ring-1 guest's part of the CPU in and out (floor 2). Owns the notion of which guest the CPU has loaded.
 *
 *      what                          where the CPU has it                     loaded
 *      registers                     the trap page                            by the way out, each time
 *      address space, trap page      CR3, the view of the gate area           here
 *      GDT, LDT                      windows of the gate area, LDTR           here
 *      ring 1's stack, fast trap     main TSS, IDT[0x80]                      here
 *      debug registers               DR0-DR7                                  here
 *      FPU, SSE                      the FPU                                  when it is used (fpu.c)
 *
 * Invariant: while a vcpu of another kind runs, nothing of this is there: a bare guest finds no gate for INT 0x80 and
 * no ring-1 segments.
 */
#include "pv_switch.h"
#include <stddef.h>
#include "bounce.h"
#include "debug.h"
#include "descriptor_tables.h"
#include "fast_trap.h"
#include "fpu.h"
#include "isolation.h"
#include "nmi.h"
#include "paging.h"
#include "trap.h"

static const struct pv_vcpu *loaded; /* whose part the CPU has; NULL: nobody's */

static void pv_load(const struct pv_vcpu *pv)
{
    loaded = pv;
    descriptor_tables_map(pv);
    fast_trap_install(pv);
    debug_load(pv);
}

static void pv_unload(void)
{
    if (loaded == NULL)
        return;
    loaded = NULL;
    descriptor_tables_unmap();
    fast_trap_install(NULL);
    debug_load(NULL);
}

/* Another kind of guest keeps the tables it runs on all the time, so its CR3 is the one for the way out too. */
void pv_before_resume(struct vcpu *vcpu)
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);

    if (pv == NULL) {
        pv_unload();
        isolation_enter(vcpu, vcpu->cr3);
        return;
    }
    nmi_deliver(pv);
    if (pv != loaded)
        pv_load(pv);
    isolation_enter(vcpu, pointer_physical(pv->pdpt));
    fpu_prepare(vcpu, pv->task_switched);
}

/* `loaded` goes, so that the next round finds a difference. */
void pv_switch_again(const struct pv_vcpu *pv)
{
    if (loaded == pv)
        pv_unload();
    trap_has_work = true;
}

void pv_switch_forget(const struct domain *domain)
{
    if (loaded != NULL && loaded->vcpu->domain == domain)
        pv_unload();
}
