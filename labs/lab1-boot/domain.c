/*
 * Domains and their virtual CPUs (floor 1). Owns the list of domains and the notion of the current vcpu.
 *
 * Invariant: a domain that is not DOMAIN_ALIVE has no vcpu in the run queue. A domain's structure and per-domain data
 * lie in frames of their own, each trap page in another: the trap page is the one page a guest may ever get to see.
 */
#include "domain.h"
#include <stdarg.h>
#include "cpu.h"
#include "floor.h"
#include "paging.h"
#include "panic.h"
#include "print.h"
#include "sched.h"
#include "text.h"

bool domains_stopped;

static struct domain *domains;
static struct vcpu *current;
static uint16_t next_id;

struct vcpu *vcpu_current(void)
{
    return current;
}

struct domain *domain_first(void)
{
    return domains;
}

struct domain *domain_find(uint16_t id)
{
    struct domain *domain = domains;

    while (domain != NULL && domain->id != id)
        domain = domain->next;
    return domain;
}

struct domain *domain_first_alive(void)
{
    struct domain *domain = domains;

    while (domain != NULL && !domain_is_alive(domain))
        domain = domain->next;
    return domain;
}

const char *domain_state_name(enum domain_state state)
{
    static const char *const names[] = { "building", "alive", "ended", "crashed" };

    return names[state];
}

static void domain_link(struct domain *domain)
{
    struct domain **link = &domains;

    while (*link != NULL)
        link = &(*link)->next;
    *link = domain;
}

static void domain_unlink(struct domain *domain)
{
    struct domain **link = &domains;

    while (*link != domain)
        link = &(*link)->next;
    *link = domain->next;
}

static bool vcpu_create(struct domain *domain, uint16_t id)
{
    struct vcpu *vcpu = &domain->vcpu[id];
    mfn_t page = frame_alloc();

    if (mfn_is_none(page))
        return false;
    memset(mfn_pointer(page), 0, PAGE_SIZE);
    *vcpu = (struct vcpu){ .domain = domain, .id = id, .trap_page = page };
    vcpu->frame = (struct trap_frame *)((char *)mfn_pointer(page) + PAGE_SIZE - sizeof(struct trap_frame));
    return true;
}

static void vcpus_destroy(struct domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (!mfn_is_none(domain->vcpu[i].trap_page))
            frame_free(domain->vcpu[i].trap_page);
}

static uint32_t data_size(void)
{
    return (uint32_t)(__stop_domain_data - __start_domain_data);
}

/* The structure with its copy of the template behind it, in consecutive frames. */
static struct domain *domain_allocate(const char *name)
{
    uint32_t head = (sizeof(struct domain) + 63) & ~63u; /* FXSAVE areas in the template want 16, a cache line is nice */
    uint32_t count = (head + data_size() + PAGE_SIZE - 1) / PAGE_SIZE;
    mfn_t first = frame_alloc_range(count);

    if (mfn_is_none(first))
        return NULL;
    struct domain *domain = mfn_pointer(first);
    memset(domain, 0, count * PAGE_SIZE);
    domain->frame_count = count;
    domain->data = (char *)domain + head;
    memcpy(domain->data, __start_domain_data, data_size());
    text_copy(domain->name, sizeof(domain->name), name);
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        domain->vcpu[i].trap_page = MFN_NONE;
    return domain;
}

static void domain_release(struct domain *domain)
{
    vcpus_destroy(domain);
    frame_free_range(pointer_mfn(domain), domain->frame_count);
}

struct domain *domain_create(const char *name)
{
    struct domain *domain = domain_allocate(name);

    if (domain == NULL)
        return NULL;
    domain->id = next_id;
    if (!vcpu_create(domain, 0) || floors_domain_init(domain) != 0) {
        domain_release(domain);
        return NULL;
    }
    next_id++;
    domain_link(domain);
    return domain;
}

void domain_destroy(struct domain *domain)
{
    ASSERT(current == NULL || current->domain != domain);
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (domain->vcpu[i].is_queued)
            sched_sleep(&domain->vcpu[i]);
    floors_domain_destroy(domain);
    domain_unlink(domain);
    domain_release(domain);
}

void domain_start(struct domain *domain)
{
    ASSERT(domain->state == DOMAIN_BUILDING);
    domain->state = DOMAIN_ALIVE;
    sched_wake(&domain->vcpu[0]);
}

static void domain_stop(struct domain *domain, enum domain_state state)
{
    domain->state = state;
    domains_stopped = true;
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (domain->vcpu[i].is_queued)
            sched_sleep(&domain->vcpu[i]);
}

void domain_end(struct domain *domain, uint8_t status)
{
    if (!domain_is_alive(domain))
        return;
    domain->exit_status = status;
    domain_stop(domain, DOMAIN_ENDED);
}

struct reason_buffer {
    struct domain *domain;
    size_t length;
};

static void reason_put(void *context, char c)
{
    struct reason_buffer *reason = context;

    if (reason->length < DOMAIN_REASON_SIZE - 1)
        reason->domain->reason[reason->length++] = c;
}

void domain_crash(struct domain *domain, const char *format, ...)
{
    struct reason_buffer reason = { domain, 0 };
    va_list args;

    if (!domain_is_alive(domain))
        return; /* the first reason is the one that explains the rest */
    va_start(args, format);
    format_list(reason_put, &reason, format, args);
    va_end(args);
    domain_stop(domain, DOMAIN_CRASHED);
}

void vcpu_switch_to(struct vcpu *vcpu)
{
    if (vcpu == current)
        return;
    current = vcpu;
    paging_map_gate(GATE_TRAP, vcpu->trap_page);
    cr3_write(vcpu->cr3);
}

void vcpu_leave(void)
{
    current = NULL;
    cr3_write(paging_boot_cr3());
}
