/*
 * The floor mechanism (floor 1). Owns the ordered list of floors and the hypercall table, both gathered by the linker
 * (ringlet.ld). Invariant: floors_by_level[n] is the floor of level n+1 and there is no gap below the highest.
 */
#include "floor.h"
#include <stddef.h>
#include "errors.h"
#include "panic.h"

extern const struct floor *const __start_floors[], *const __stop_floors[];
extern const struct hypercall_entry *const __start_hypercalls[] __attribute__((weak));
extern const struct hypercall_entry *const __stop_hypercalls[] __attribute__((weak));

static const struct floor *floors_by_level[FLOORS_MAX];
static unsigned floors_count;

/* The two hooks on the way of every trap, without the floors that have none, in calling order: highest first. */
static bool (*trap_hooks[FLOORS_MAX + 1])(struct vcpu *vcpu, struct trap_frame *frame); /* ended by NULL */
static void (*resume_hooks[FLOORS_MAX + 1])(struct vcpu *vcpu);
static hypercall_handler *hypercall_table[HYPERCALLS_MAX];

static void floor_add(const struct floor *floor)
{
    if (floor->level < 1 || floor->level > FLOORS_MAX)
        panic("floor %s: level %u is not 1..%u", floor->name, floor->level, FLOORS_MAX);
    if (floors_by_level[floor->level - 1] != NULL)
        panic("floor %s: level %u is taken by %s", floor->name, floor->level,
              floors_by_level[floor->level - 1]->name);
    floors_by_level[floor->level - 1] = floor;
    floors_count++;
}

static void hooks_gather(void)
{
    unsigned trap_hook_count = 0, resume_hook_count = 0;

    for (unsigned i = floors_count; i-- > 0;) {
        if (floors_by_level[i]->trap != NULL)
            trap_hooks[trap_hook_count++] = floors_by_level[i]->trap;
        if (floors_by_level[i]->before_resume != NULL)
            resume_hooks[resume_hook_count++] = floors_by_level[i]->before_resume;
    }
}

static void hypercall_add(const struct hypercall_entry *entry)
{
    if (entry->number >= HYPERCALLS_MAX)
        panic("hypercall %u: the table has %u slots", entry->number, HYPERCALLS_MAX);
    if (hypercall_table[entry->number] != NULL)
        panic("hypercall %u: two handlers", entry->number);
    hypercall_table[entry->number] = entry->handler;
}

void floors_init(void)
{
    for (const struct floor *const *floor = __start_floors; floor < __stop_floors; floor++)
        floor_add(*floor);
    for (unsigned level = 0; level < floors_count; level++)
        if (floors_by_level[level] == NULL)
            panic("floor %u is missing below floor %u", level + 1, floors_count + 1);
    hooks_gather();
    for (const struct hypercall_entry *const *entry = __start_hypercalls; entry < __stop_hypercalls; entry++)
        hypercall_add(*entry);
}

int32_t hypercall_call(uint32_t number, struct vcpu *vcpu, const uint32_t args[6])
{
    if (number >= HYPERCALLS_MAX || hypercall_table[number] == NULL)
        return -ENOSYS;
    return hypercall_table[number](vcpu, args);
}

void floors_call_init(void)
{
    for (unsigned i = 0; i < floors_count; i++)
        if (floors_by_level[i]->init != NULL)
            floors_by_level[i]->init();
}

/* Undo floors [0, count), highest first. */
static void domain_destroy_below(struct domain *domain, unsigned count)
{
    while (count-- > 0)
        if (floors_by_level[count]->domain_destroy != NULL)
            floors_by_level[count]->domain_destroy(domain);
}

int floors_domain_init(struct domain *domain)
{
    for (unsigned i = 0; i < floors_count; i++) {
        int error = floors_by_level[i]->domain_init != NULL ? floors_by_level[i]->domain_init(domain) : 0;

        if (error != 0) {
            domain_destroy_below(domain, i);
            return error;
        }
    }
    return 0;
}

void floors_domain_destroy(struct domain *domain)
{
    domain_destroy_below(domain, floors_count);
}

bool floors_trap(struct vcpu *vcpu, struct trap_frame *frame)
{
    bool (*const *hook)(struct vcpu *vcpu, struct trap_frame *frame) = trap_hooks;

    while (*hook != NULL && !(*hook)(vcpu, frame))
        hook++;
    return *hook != NULL;
}

void floors_before_resume(struct vcpu *vcpu)
{
    for (void (*const *hook)(struct vcpu *vcpu) = resume_hooks; *hook != NULL; hook++)
        (*hook)(vcpu);
}

void floors_tick(void)
{
    for (unsigned i = 0; i < floors_count; i++)
        if (floors_by_level[i]->tick != NULL)
            floors_by_level[i]->tick();
}

const char *floors_build(struct domain *domain, const struct guest_image *image)
{
    for (unsigned i = floors_count; i-- > 0;)
        if (floors_by_level[i]->recognise != NULL && floors_by_level[i]->recognise(image))
            return floors_by_level[i]->build(domain, image);
    return "it is no kernel that this hypervisor can boot (no multiboot header in its first 8 KiB)";
}
