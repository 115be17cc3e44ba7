/*
 * Floor 1's descriptor: the hooks of the ground floor, for the mechanism in floor.h. Whatever upper floors do with
 * their descriptors, this is the example: one static struct, FLOOR() behind it, and small functions that say in which
 * order this floor's parts get their turn. The parts themselves do not know that floors exist.
 */
#include <stddef.h>
#include "bare_build.h"
#include "bare_trap.h"
#include "console.h"
#include "floor.h"
#include "fpu.h"
#include "keyboard.h"

/* fpu_init() before the first domain: it takes the state that every new vcpu starts with. */
static void floor1_init(void)
{
    fpu_init();
    keyboard_set_receiver(bare_receive);
}

/* Each part forgets what it has stored under this domain: a pointer kept here would be a use after free. */
static void floor1_domain_destroy(struct domain *domain)
{
    console_domain_destroy(domain);
    fpu_domain_destroy(domain);
    bare_destroy(domain);
}

/* time_tick() was called just before: all three see the same time_cached(). */
static void floor1_tick(void)
{
    bare_tick();
    keyboard_tick();
    console_tick();
}

/* No guest of a higher floor passes through these hooks' work: bare_of() is NULL for it, and they decline. */
static const struct floor floor1 = {
    .level = 1, /* no domain_init: per-domain data begins as its template, and a bare guest is made by build */
    .name = "lab1-boot",
    .init = floor1_init,
    .domain_destroy = floor1_domain_destroy,
    .trap = bare_trap,
    .before_resume = bare_before_resume,
    .tick = floor1_tick,
    .recognise = bare_recognise,
    .build = bare_build,
};
FLOOR(floor1);
