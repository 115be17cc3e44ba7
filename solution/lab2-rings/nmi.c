/*
 * Non-maskable interrupts (floor 2). Hardware says with them that something is wrong (a button, a memory error), and in
 * Xen the first domain is the one that knows the machine. So the first domain gets it, if it has registered the
 * callback; otherwise nobody here could do anything sensible. Invariant: a second one is not delivered before the
 * guest's iret has ended the first, as on hardware (SDM vol. 3 section 6.7.1).
 *
 * It comes whenever it likes, with interrupts off too: in the middle of a change to any of our structures. So it is
 * only noted, and what changes the run queue waits for the tick.
 */
#include "nmi.h"
#include <stddef.h>
#include "bounce.h"
#include "sched.h"
#include "trap.h"

/*
 * Called in the middle of anything, ring 0's work included: so it only notes that one has come. Who is the first is
 * asked each time, for domain 0 may be gone.
 */
bool nmi_receive(void)
{
    struct domain *domain = domain_first_alive();
    struct pv_vcpu *pv = domain != NULL ? pv_vcpu_of(&domain->vcpu[0]) : NULL;

    if (pv == NULL || pv->callbacks[CALLBACK_NMI].cs < 4)
        return false;
    pv->nmi_pending = true;
    trap_has_work = true;
    return true;
}

/* It is not masked, and ends a wait. */
void nmi_tick(void)
{
    struct domain *domain = domain_first_alive();
    struct pv_vcpu *pv = domain != NULL ? pv_vcpu_of(&domain->vcpu[0]) : NULL;

    if (pv != NULL && pv->nmi_pending)
        sched_wake(pv->vcpu);
}

/* A callback that was unregistered meanwhile has nobody to be delivered to. */
void nmi_deliver(struct pv_vcpu *pv)
{
    struct bounce bounce = { .handler = &pv->callbacks[CALLBACK_NMI] };

    if (!pv->nmi_pending || pv->nmi_active)
        return;
    pv->nmi_pending = false;
    if (bounce.handler->cs < 4)
        return;
    pv->nmi_active = true; /* until its iret (iret.c) */
    bounce_deliver(pv, &bounce, "NMI", VECTOR_NMI);
}
