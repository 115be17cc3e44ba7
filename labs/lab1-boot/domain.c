/*
 * Domains and their virtual CPUs (floor 1). Owns the list of domains and the notion of the current vcpu.
 *
 * Invariant: a domain that is not DOMAIN_ALIVE has no vcpu in the run queue. A domain's structure and per-domain data
 * lie in frames of their own, each trap page in another: the trap page is the one page a guest may ever get to see.
 *
 *      image, read-only                      frames of domain 0                     frames of domain 1
 *      | ... | template of      |  memcpy    | struct domain | 64 | copy of the |   | struct domain | ...
 *      |     | per-domain data  | ---------> | .data --------|--> | template    |   |
 *            ^ __start_domain_data
 *
 * A variable marked PER_DOMAIN lies in the template; its distance from the template's start is the same in each copy.
 *
 *      BUILDING --domain_start()--> ALIVE --domain_end()----> ENDED   --guests_reap()--> domain_destroy()
 *                                     +----domain_crash()---> CRASHED -------+
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

/* `vcpu_running` outlives its turn: its trap page stays mapped and its tables stay loaded until another vcpu needs them. */
static struct domain *domains;
struct vcpu *vcpu_running;
static uint16_t next_id;

struct domain *domain_first(void)
{
    return domains;
}

/* Domains are few (GUESTS_MAX and some), so a list does; nothing on the way of a trap walks it. */
struct domain *domain_find(uint16_t id)
{
    struct domain *domain = domains;

    while (domain != NULL && domain->id != id)
        domain = domain->next;
    return domain;
}

/* Who gets the keyboard when the domain that had it is gone. */
struct domain *domain_first_alive(void)
{
    struct domain *domain = domains;

    while (domain != NULL && !domain_is_alive(domain))
        domain = domain->next;
    return domain;
}

/* In the order of enum domain_state. */
const char *domain_state_name(enum domain_state state)
{
    static const char *const names[] = { "building", "alive", "ended", "crashed" };

    return names[state];
}

/* At the end, so that the list is in the order of the numbers, which is the order of the boot modules. */
static void domain_link(struct domain *domain)
{
    struct domain **link = &domains;

    while (*link != NULL)
        link = &(*link)->next;
    *link = domain;
}

/* A domain is on the list from domain_create() to domain_destroy(), so the walk finds it before the end. */
static void domain_unlink(struct domain *domain)
{
    struct domain **link = &domains;

    while (*link != domain)
        link = &(*link)->next;
    *link = domain->next;
}

/*
 * The frame lies at the very top of the trap page: TSS.esp0 is the end of that page and the CPU pushes downward, so
 * what the CPU and the stub push is at these addresses already. Zeroed, for the first resume loads all of it.
 *
 *      trap page, as GATE_TRAP or through the direct map:   | unused ......... | struct trap_frame |
 *                                                                              ^ vcpu->frame       ^ TSS.esp0
 */
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

/* Not every slot has a vcpu: MFN_NONE says so, and 0 cannot, for frame 0 exists. */
static void vcpus_destroy(struct domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        if (!mfn_is_none(domain->vcpu[i].trap_page))
            frame_free(domain->vcpu[i].trap_page);
}

/* The template is as large as the floors in this image make it. */
static uint32_t data_size(void)
{
    return (uint32_t)(__stop_domain_data - __start_domain_data);
}

/* The structure with its copy of the template behind it, in consecutive frames. */
/* Frames start on a page boundary, so a head of whole cache lines keeps the alignment that variables have. */
static struct domain *domain_allocate(const char *name)
{
    uint32_t head = (sizeof(struct domain) + 63) & ~63u; /* FXSAVE areas in the template want 16; a cache line is 64 */
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

/* Only what domain_allocate() and vcpu_create() have taken; the floors must have given back their part before. */
static void domain_release(struct domain *domain)
{
    vcpus_destroy(domain);
    frame_free_range(pointer_mfn(domain), domain->frame_count);
}

/*
 * The domain is linked last: whoever walks the list never sees one that is half made. When a floor's domain_init
 * fails, floors_domain_init() has already undone the floors below it.
 */
struct domain *domain_create(const char *name)
{
    struct domain *domain = domain_allocate(name);

    if (domain == NULL)
        return NULL;
    domain->id = next_id;
    /* Other vcpus are for upper floors' guests to ask for. */
    if (!vcpu_create(domain, 0) || floors_domain_init(domain) != 0) {
        domain_release(domain);
        return NULL;
    }
    next_id++;
    domain_link(domain);
    return domain;
}

static void vcpus_sleep(struct domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        sched_sleep(&domain->vcpu[i]);
}

/* The reverse of domain_create(). The current vcpu is excluded because the CPU still runs on its page tables. */
void domain_destroy(struct domain *domain)
{
    ASSERT(vcpu_running == NULL || vcpu_running->domain != domain);
    vcpus_sleep(domain);
    floors_domain_destroy(domain);
    domain_unlink(domain);
    domain_release(domain);
}

/* A domain starts once: the assertion keeps a dead one from being woken up by mistake. */
void domain_start(struct domain *domain)
{
    ASSERT(domain->state == DOMAIN_BUILDING);
    domain->state = DOMAIN_ALIVE;
    sched_wake(&domain->vcpu[0]);
}

static void vcpus_pause(struct domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_MAX_VCPUS; i++)
        sched_pause(&domain->vcpu[i], domain->pause_count != 0);
}

bool domain_pause(struct domain *domain)
{
    if (!domain_is_alive(domain) || domain->pause_count == UINT8_MAX)
        return false;
    domain->pause_count++;
    vcpus_pause(domain);
    return true;
}

bool domain_unpause(struct domain *domain)
{
    if (!domain_is_alive(domain) || domain->pause_count == 0)
        return false;
    domain->pause_count--;
    vcpus_pause(domain);
    return true;
}

/*
 * Nothing is freed here: this may be called deep inside an emulated instruction that still uses the domain's memory.
 * The frames go back in guests_reap(), on the next way to a guest.
 */
static void domain_stop(struct domain *domain, enum domain_state state)
{
    domain->state = state;
    domains_stopped = true;
    trap_has_work = true;
    vcpus_sleep(domain);
}

/* A second end does not count, so the status that is reported is the one that ended the guest. */
void domain_end(struct domain *domain, uint8_t status)
{
    if (!domain_is_alive(domain))
        return;
    domain->exit_status = status;
    domain_stop(domain, DOMAIN_ENDED);
}

/* A sink for format_list(): the reason is formatted straight into the domain, cut to what fits. */
struct reason_buffer {
    struct domain *domain; /* whose .reason is written; zeroed at creation, so it is always terminated */
    size_t length;         /* characters written so far */
};

/* The last byte is never written: it stays the end of the text. */
static void reason_put(void *context, char c)
{
    struct reason_buffer *reason = context;

    if (reason->length < DOMAIN_REASON_SIZE - 1)
        reason->domain->reason[reason->length++] = c;
}

/* For what a guest did to itself. The caller goes on, so it must see to it that the guest's state is not used again. */
void domain_crash(struct domain *domain, const char *format, ...)
{
    struct reason_buffer reason = { domain, 0 };
    va_list args;

    if (!domain_is_alive(domain))
        return; /* the first reason is the one that explains the rest */
    /* Formatted now: the arguments may point into what is about to go away. */
    va_start(args, format);
    format_list(reason_put, &reason, format, args);
    va_end(args);
    domain_stop(domain, DOMAIN_CRASHED);
}

/*
 * The two things that differ between vcpus while ring 0 runs. A vcpu that goes on running pays nothing: a write to CR3
 * would empty the TLB (SDM vol. 3 section 4.10.4.1). The gate's mapping is shared by all address spaces, so it is the
 * same entry of the same table that changes each time.
 */
void vcpu_switch_to(struct vcpu *vcpu)
{
    if (vcpu == vcpu_running)
        return;
    vcpu_running = vcpu;
    paging_map_gate(GATE_TRAP, vcpu->trap_page);
    cr3_write(vcpu->cr3);
}

/* The boot tables map the hypervisor only, so a dead domain's tables can be freed under our feet. */
void vcpu_leave(void)
{
    vcpu_running = NULL;
    cr3_write(paging_boot_cr3());
}
