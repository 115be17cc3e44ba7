/*
 * Floor 2's descriptor: ring-1 guests. What it adds to the floor below: hypercalls, bounces, a domain builder for
 * paravirtual kernels, and isolation that does not depend on paging's two rings alone.
 */
#include <stddef.h>
#include "console_io.h"
#include "failsafe.h"
#include "floor.h"
#include "isolation.h"
#include "keyboard.h"
#include "m2p.h"
#include "nmi.h"
#include "pv.h"
#include "pv_build.h"
#include "pv_switch.h"
#include "pv_trap.h"

static keyboard_receiver *receiver_below; /* for guests of the floor below */

/* A byte for a domain of whatever kind. False: it has no room now, and the keyboard offers it again. */
static bool floor2_receive(struct domain *domain, uint8_t byte)
{
    return pv_of(domain) != NULL ? console_io_receive(domain, byte) : receiver_below(domain, byte);
}

/* The table of frames first: isolation makes copies of what is mapped. */
static void floor2_init(void)
{
    m2p_init();
    isolation_init();
    receiver_below = keyboard_set_receiver(floor2_receive);
}

static const struct floor floor2 = {
    .level = 2, /* the floor below is 1, whatever else is in the image */
    .name = "lab2-rings",
    .init = floor2_init,
    .domain_destroy = pv_destroy, /* of whatever kind the domain is */
    .trap = pv_trap, /* asked before floor 1 */
    .before_resume = pv_before_resume, /* also for bare guests: what was loaded has to go */
    .edge = failsafe_edge, /* faults on the way out, the probe, NMIs */
    .tick = nmi_tick,
    .recognise = pv_recognise, /* Xen notes */
    .build = pv_build,
};
FLOOR(floor2);
