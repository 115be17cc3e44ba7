/*
 * The floor mechanism (floor 1): how upper floors plug themselves in without being named by lower ones.
 *
 * A floor describes itself once with FLOOR(); the linker gathers the descriptors. Calls go upward or downward through
 * all floors in order of level, so floor N never calls floor N+1 by name. Hypercalls and per-domain data are gathered
 * the same way.
 */
#ifndef RINGLET_FLOOR_H
#define RINGLET_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct domain;
struct guest_image;
struct trap_frame;
struct vcpu;

#define FLOORS_MAX 6

struct floor {
    uint8_t level;    /* 1..FLOORS_MAX; two floors of one level panic at boot */
    const char *name; /* its folder */

    /* Each hook may be NULL. */
    void (*init)(void);                             /* at boot, upward */
    int (*domain_init)(struct domain *domain);      /* upward; a negative errno undoes the floors below */
    void (*domain_destroy)(struct domain *domain);  /* downward; also after a failed domain_init of a floor above */
    bool (*trap)(struct vcpu *vcpu, struct trap_frame *frame); /* downward, until one returns true: handled */
    void (*before_resume)(struct vcpu *vcpu);       /* downward, each time a vcpu is about to run */
    bool (*edge)(struct trap_frame *frame);         /* downward, until one returns true: a trap in ring 0, or an NMI */
    void (*tick)(void);                             /* upward, TICK_HZ times a second */

    /* Downward, until one recognises the image; build() then returns NULL or the reason for refusing it. */
    bool (*recognise)(const struct guest_image *image);
    const char *(*build)(struct domain *domain, const struct guest_image *image);
};

/* Section names are C identifiers, so that the linker also provides __start_/__stop_ symbols in host-side tests. */
#define FLOOR(variable) \
    static const struct floor *const variable##_entry __attribute__((used, section("floors"))) = &(variable)

/* Its folder; "?" when this image has no such floor, or before floors_init(). */
const char *floor_name(unsigned level);

/* Find all floors, order them, check for duplicates. Panics on a bad set. */
void floors_init(void);

/* Run the hooks, in the direction given above. */
void floors_call_init(void);
int floors_domain_init(struct domain *domain);
void floors_domain_destroy(struct domain *domain);
bool floors_edge(struct trap_frame *frame);
void floors_tick(void);
const char *floors_build(struct domain *domain, const struct guest_image *image);

/*
 * The two hooks on the way of every trap stand here, to be compiled into it: only floors that have one are in these
 * arrays, in calling order, highest first, ended by NULL (floor.c fills them).
 */
extern bool (*floors_trap_hooks[])(struct vcpu *vcpu, struct trap_frame *frame);
extern void (*floors_resume_hooks[])(struct vcpu *vcpu);

/* False when every floor has declined: then the guest has done what nothing here handles. */
static inline bool floors_trap(struct vcpu *vcpu, struct trap_frame *frame)
{
    for (unsigned i = 0; floors_trap_hooks[i] != NULL; i++)
        if (floors_trap_hooks[i](vcpu, frame))
            return true;
    return false;
}

/* Downward: what an upper floor queues for the guest, a lower one may still have to turn into registers. */
static inline void floors_before_resume(struct vcpu *vcpu)
{
    for (unsigned i = 0; floors_resume_hooks[i] != NULL; i++)
        floors_resume_hooks[i](vcpu);
}

/*
 * Hypercalls: HYPERCALL(number, handler) fills a slot of the table. The handler gets the vcpu and its six arguments
 * (EBX ECX EDX ESI EDI EBP) and returns a result or a negative errno.
 */
#define HYPERCALLS_MAX 64

typedef int32_t hypercall_handler(struct vcpu *vcpu, const uint32_t args[6]);

struct hypercall_entry {
    uint32_t number;
    hypercall_handler *handler;
};

#define HYPERCALL(nr, function) \
    static const struct hypercall_entry function##_entry = { nr, function }; \
    static const struct hypercall_entry *const function##_slot __attribute__((used, section("hypercalls"))) = \
        &function##_entry

/* Has any floor of this image filled slot `number`? */
bool hypercall_is_offered(uint32_t number);

/* Call slot `number`; -ENOSYS when it is empty or out of range. */
int32_t hypercall_call(uint32_t number, struct vcpu *vcpu, const uint32_t args[6]);

/*
 * Per-domain data: PER_DOMAIN puts a variable into a template that is copied for each new domain;
 * domain_data(domain, variable) points to that domain's copy. So struct domain never names a higher floor.
 */
#define PER_DOMAIN __attribute__((used, section("domain_data")))

extern char __start_domain_data[], __stop_domain_data[];

#define domain_data(domain, variable) \
    ((__typeof__(&(variable)))(void *)((domain)->data + ((char *)&(variable) - __start_domain_data)))

#endif
