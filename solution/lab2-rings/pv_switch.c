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
 * no ring-1 segments. A vcpu that goes on running costs one comparison.
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

static const struct vcpu *entered;   /* who ran last, of whatever kind; NULL: look again */
struct pv_vcpu *pv_running;
static const struct pv_vcpu *loaded; /* whose part the CPU has; NULL: nobody's */

/*
 * Before any of the guest's selectors is restored: the way out loads them from the tables that are put in place here.
 */
static void pv_load(const struct pv_vcpu *pv)
{
    loaded = pv;
    descriptor_tables_map(pv); /* GDT and LDT */
    fast_trap_install(pv); /* IDT[0x80], SS1:ESP1 */
    debug_load(pv); /* DR0-DR7 */
}

/*
 * At once and not when the next ring-1 guest comes: a bare one would find them, and use them (INT 0x80 is anybody's).
 */
static void pv_unload(void)
{
    if (loaded == NULL)
        return;
    loaded = NULL;
    descriptor_tables_unmap();
    fast_trap_install(NULL);
    debug_load(NULL);
}

/*
 * Another kind of guest keeps the tables it runs on all the time, so its CR3 is the one for the way out too. A ring-1
 * guest's is its private L3: its own, which it can have written, is never loaded (pv_space.c).
 */
static void switch_to(struct vcpu *vcpu, struct pv_vcpu *pv)
{
    entered = vcpu;
    pv_running = pv;
    isolation_enter(vcpu, pv != NULL ? pointer_physical(pv->pdpt) : vcpu->cr3);
    if (pv != NULL)
        pv_load(pv);
    else
        pv_unload();
}

/*
 * Apart, so that guests of other kinds do not pay for what it keeps on the stack. NMI before the FPU: a bounce may end
 * the domain, and changes none of what the FPU depends on.
 */
static void __attribute__((noinline)) pv_prepare(struct vcpu *vcpu)
{
    if (vcpu != entered)
        switch_to(vcpu, pv_vcpu_of(vcpu));
    if (pv_running == NULL)
        return;
    nmi_deliver(pv_running);
    fpu_prepare(vcpu, pv_running->task_switched);
}

void pv_before_resume(struct vcpu *vcpu)
{
    if (vcpu != entered || pv_running != NULL)
        pv_prepare(vcpu);
}

/* `entered` goes, so that the next round finds a difference. */
void pv_switch_again(const struct pv_vcpu *pv)
{
    if (entered == pv->vcpu)
        entered = NULL;
    trap_has_work = true;
}

/*
 * The structures are about to be freed, and the windows must not go on naming the copies of its tables: the next owner
 * of those frames could write descriptors there, which nobody has checked.
 */
void pv_switch_forget(const struct domain *domain)
{
    if (entered != NULL && entered->domain == domain) {
        entered = NULL;
        pv_running = NULL;
    }
    if (loaded != NULL && loaded->vcpu->domain == domain)
        pv_unload();
}
