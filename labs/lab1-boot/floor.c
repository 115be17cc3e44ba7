/*
 * The floor mechanism (floor 1). Owns the ordered list of floors and the hypercall table, both gathered by the linker
 * (ringlet.ld). Invariant: floors_by_level[n] is the floor of level n+1 and there is no gap below the highest.
 *
 *      upward: init, domain_init, tick                        downward: trap, before_resume, domain_destroy, build
 *
 *      floor 6      ^  needs what is below,                   |  knows more about the guest than what is below,
 *       ...         |  so that comes first                    |  so it is asked first; it is undone first
 *      floor 1      |                                         v
 *
 * The linker's order of the descriptors is that of the files on its command line, which is no order to rely on. So
 * floors are sorted here once, at boot, by the level each one states.
 */
#include "floor.h"
#include <stddef.h>
#include "errors.h"
#include "panic.h"

/*
 * The arrays that ringlet.ld gathers. Those of hypercalls are weak because host-side tests are linked without that
 * script: there an array without entries has no symbols, and floor 1 brings no hypercalls.
 */
extern const struct floor *const __start_floors[], *const __stop_floors[];
extern const struct hypercall_entry *const __start_hypercalls[] __attribute__((weak));
extern const struct hypercall_entry *const __stop_hypercalls[] __attribute__((weak));

/* Written by floors_init() only. floors_count floors, in floors_by_level[0 .. floors_count - 1]. */
static const struct floor *floors_by_level[FLOORS_MAX];
static unsigned floors_count;

/* The two hooks on the way of every trap, without the floors that have none, in calling order: highest first. */
bool (*floors_trap_hooks[FLOORS_MAX + 1])(struct vcpu *vcpu, struct trap_frame *frame); /* ended by NULL */
void (*floors_resume_hooks[FLOORS_MAX + 1])(struct vcpu *vcpu);
/* By number. An empty slot is a call that no floor of this image offers. */
static hypercall_handler *hypercall_table[HYPERCALLS_MAX];

/* Both mistakes are those of a copied folder. Found at boot, they cost a minute and not an evening. */
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

/* The way of every trap is thus as long as there are hooks, not as there are floors. */
static void hooks_gather(void)
{
    unsigned trap_hook_count = 0, resume_hook_count = 0;

    for (unsigned i = floors_count; i-- > 0;) {
        if (floors_by_level[i]->trap != NULL)
            floors_trap_hooks[trap_hook_count++] = floors_by_level[i]->trap;
        if (floors_by_level[i]->before_resume != NULL)
            floors_resume_hooks[resume_hook_count++] = floors_by_level[i]->before_resume;
    }
}

/* Two handlers of one number: which of them worked would depend on the order of linking. */
static void hypercall_add(const struct hypercall_entry *entry)
{
    if (entry->number >= HYPERCALLS_MAX)
        panic("hypercall %u: the table has %u slots", entry->number, HYPERCALLS_MAX);
    if (hypercall_table[entry->number] != NULL)
        panic("hypercall %u: two handlers", entry->number);
    hypercall_table[entry->number] = entry->handler;
}

/* Floors are checked before hypercalls: a message about a hypercall is of no use while floors are missing. */
void floors_init(void)
{
    for (const struct floor *const *floor = __start_floors; floor < __stop_floors; floor++)
        floor_add(*floor);
    /* As many floors as levels, and none twice: then a level without a floor means one above it is too high. */
    for (unsigned level = 0; level < floors_count; level++)
        if (floors_by_level[level] == NULL)
            panic("floor %u is missing below floor %u", level + 1, floors_count + 1);
    hooks_gather();
    for (const struct hypercall_entry *const *entry = __start_hypercalls; entry < __stop_hypercalls; entry++)
        hypercall_add(*entry);
}

/* The number is the guest's and has 32 bits: compared before it becomes an index. */
bool hypercall_is_offered(uint32_t number)
{
    return number < HYPERCALLS_MAX && hypercall_table[number] != NULL;
}

int32_t hypercall_call(uint32_t number, struct vcpu *vcpu, const uint32_t args[6])
{
    if (!hypercall_is_offered(number))
        return -ENOSYS;
    return hypercall_table[number](vcpu, args);
}

const char *floor_name(unsigned level)
{
    return level - 1 < FLOORS_MAX && floors_by_level[level - 1] != NULL ? floors_by_level[level - 1]->name : "?";
}

/* A floor's init may use what the floors below have set up, and no other. */
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

/* All or nothing: the floor that fails has undone its own part, the ones below are undone here. */
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

/* Hooks must stand a domain that was never built: refused images end here too. */
void floors_domain_destroy(struct domain *domain)
{
    domain_destroy_below(domain, floors_count);
}

/* Ring 0 is not supposed to trap: where no floor knows better, it is a panic. */
bool floors_edge(struct trap_frame *frame)
{
    for (unsigned i = floors_count; i-- > 0;)
        if (floors_by_level[i]->edge != NULL && floors_by_level[i]->edge(frame))
            return true;
    return false;
}

/* Not on the way of every trap, so the list without gaps is not worth a table here. */
void floors_tick(void)
{
    for (unsigned i = 0; i < floors_count; i++)
        if (floors_by_level[i]->tick != NULL)
            floors_by_level[i]->tick();
}

/* Downward, so that an upper floor's kind of kernel is not taken for a bare one because it has both headers. */
const char *floors_build(struct domain *domain, const struct guest_image *image)
{
    for (unsigned i = floors_count; i-- > 0;)
        if (floors_by_level[i]->recognise != NULL && floors_by_level[i]->recognise(image))
            return floors_by_level[i]->build(domain, image);
    return "it is no kernel that this hypervisor can boot (no multiboot header in its first 8 KiB)";
}
