/*
 * A second and a third floor that tell which hook was called when, for test_panic.c. They also fill a hypercall slot
 * and keep per-domain data. A domain named "refused" fails in floor 3's domain_init, after floor 2 has let it speak.
 */
#include <stddef.h>
#include <stdint.h>
#include "console.h"
#include "domain.h"
#include "errors.h"
#include "floor.h"
#include "frames.h"
#include "print.h"
#include "text.h"

#define TEMPLATE 1000u /* what every domain's copy starts with */

PER_DOMAIN uint32_t hooks_count = TEMPLATE;
PER_DOMAIN char hooks_name[DOMAIN_NAME_SIZE] = "nobody";

/* The hooks that are called all the time are told once per floor. */
static bool told_trap[4], told_resume[4], told_tick[4], told_recognise[4];

static void tell_once(bool *told, const char *what, unsigned level)
{
    if (!told[level])
        print("hooks: %s %u\n", what, level);
    told[level] = true;
}

static int32_t answer(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu;
    return (int32_t)(args[0] + args[5]);
}
HYPERCALL(7, answer);

static void hypercalls_try(void)
{
    static const uint32_t args[6] = { 40, 0, 0, 0, 0, 2 };

    print("hooks: hypercall 7 %d, 8 %d, 64 %d, 4294967295 %d\n", hypercall_call(7, NULL, args),
          hypercall_call(8, NULL, args), hypercall_call(HYPERCALLS_MAX, NULL, args),
          hypercall_call(UINT32_MAX, NULL, args));
}

static void init_2(void)
{
    print("hooks: init 2\n");
    hypercalls_try();
}

static void init_3(void)
{
    print("hooks: init 3\n");
}

static int domain_init_2(struct domain *domain)
{
    print("hooks: domain_init 2 (%s), %u frames free\n", domain->name, frames_free_count());
    console_guest_byte(domain, '!'); /* held by floor 1 until the domain is destroyed */
    return 0;
}

static int domain_init_3(struct domain *domain)
{
    print("hooks: domain_init 3 (%s), count %u, name %s\n", domain->name, *domain_data(domain, hooks_count),
          *domain_data(domain, hooks_name));
    if (text_equal(domain->name, "refused"))
        return -ENOMEM;
    text_copy(*domain_data(domain, hooks_name), DOMAIN_NAME_SIZE, domain->name);
    return 0;
}

static void domain_destroy_2(struct domain *domain)
{
    print("hooks: domain_destroy 2 (%s)\n", domain->name);
}

static void domain_destroy_3(struct domain *domain)
{
    print("hooks: domain_destroy 3 (%s), name %s, counted %s\n", domain->name, *domain_data(domain, hooks_name),
          *domain_data(domain, hooks_count) > TEMPLATE ? "yes" : "no");
}

static bool trap_2(struct vcpu *vcpu, struct trap_frame *frame)
{
    (void)vcpu, (void)frame;
    tell_once(told_trap, "trap", 2);
    return false;
}

static bool trap_3(struct vcpu *vcpu, struct trap_frame *frame)
{
    (void)frame;
    ++*domain_data(vcpu->domain, hooks_count);
    tell_once(told_trap, "trap", 3);
    return false;
}

static void before_resume_2(struct vcpu *vcpu)
{
    (void)vcpu;
    tell_once(told_resume, "before_resume", 2);
}

static void before_resume_3(struct vcpu *vcpu)
{
    (void)vcpu;
    tell_once(told_resume, "before_resume", 3);
}

static void tick_2(void)
{
    tell_once(told_tick, "tick", 2);
}

static void tick_3(void)
{
    tell_once(told_tick, "tick", 3);
}

static bool recognise_2(const struct guest_image *image)
{
    (void)image;
    tell_once(told_recognise, "recognise", 2);
    return false;
}

static bool recognise_3(const struct guest_image *image)
{
    (void)image;
    tell_once(told_recognise, "recognise", 3);
    return false;
}

/* Level 3 first: the order in the image must not matter. */
static const struct floor hooks_3 = { 3, "hooks-3", init_3, domain_init_3, domain_destroy_3, trap_3, before_resume_3,
                                      NULL, tick_3, recognise_3, NULL };
FLOOR(hooks_3);

static const struct floor hooks_2 = { 2, "hooks-2", init_2, domain_init_2, domain_destroy_2, trap_2, before_resume_2,
                                      NULL, tick_2, recognise_2, NULL };
FLOOR(hooks_2);
