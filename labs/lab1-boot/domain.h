/*
 * Domains and their virtual CPUs (floor 1): what every kind of guest has in common. Floors above keep their own state
 * beside it as per-domain data (floor.h); nothing here names them.
 */
#ifndef RINGLET_DOMAIN_H
#define RINGLET_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frames.h"
#include "trap.h"

#define DOMAIN_NAME_SIZE   16 /* with the final '\0' */
#define DOMAIN_REASON_SIZE 96 /* a longer reason is cut */
#define DOMAIN_MAX_VCPUS   4

enum domain_state {
    DOMAIN_BUILDING, /* not to be run yet */
    DOMAIN_ALIVE,    /* it may run, or waits for something */
    DOMAIN_ENDED,    /* by itself; exit_status says how */
    DOMAIN_CRASHED   /* reason says why */
};

struct domain;

/* A virtual CPU. Its registers are in the trap page while it does not run, and land there when it traps. */
struct vcpu {
    struct domain *domain;    /* whose vcpu this is */
    struct trap_frame *frame; /* in the trap page, seen through the direct map */
    struct vcpu *next;        /* in the run queue */
    uint32_t cr3;             /* physical address of the L3 it runs on */
    mfn_t trap_page;          /* holds .frame; mapped at GATE_TRAP while this vcpu is the current one */
    uint16_t id;              /* its place in domain->vcpu */
    bool is_awake;            /* it wants to run */
    bool is_paused;           /* its domain is: it may not */
    bool is_queued;           /* it wants to run, may, and is in the run queue */
};

struct domain {
    struct domain *next;      /* all domains, by id */
    enum domain_state state;  /* changed in domain.c only */
    uint16_t id;              /* 0.. in order of creation; never reused */
    uint8_t pause_count;      /* pauses not yet undone */
    uint8_t exit_status;      /* 0 success, else the guest's own number */
    char name[DOMAIN_NAME_SIZE]; /* for people: on the console and in reports; need not be unique */
    char reason[DOMAIN_REASON_SIZE]; /* first reason of a crash */
    uint32_t frame_count;     /* frames this structure itself occupies */
    struct vcpu vcpu[DOMAIN_MAX_VCPUS]; /* trap_page is MFN_NONE where there is none */
    char *data;               /* this domain's copy of the per-domain template */
};

/* A new domain in state DOMAIN_BUILDING with one vcpu, all floors told. NULL: no memory. */
struct domain *domain_create(const char *name);

/* Every frame goes back, downward through the floors. Must not be the one that is running. */
void domain_destroy(struct domain *domain);

/* Its vcpu 0 is ready: let it run. */
void domain_start(struct domain *domain);

/*
 * Keep it from running until as many calls have undone as many: everything it has and waits for stays as it is. True
 * when that was possible: not in an ended domain, nor more than 255 deep, nor undone more often than done.
 */
bool domain_pause(struct domain *domain);
bool domain_unpause(struct domain *domain);

/* The guest ended by itself, or broke its own ground. Only the first of these calls counts. It never runs again. */
void domain_end(struct domain *domain, uint8_t status);
void __attribute__((format(printf, 2, 3))) domain_crash(struct domain *domain, const char *format, ...);

/* Set when a domain stops, so that each trap can ask cheaply; guests_reap() clears it. */
extern bool domains_stopped;

/* It may run: false before domain_start() as well as after its end. */
static inline bool domain_is_alive(const struct domain *domain)
{
    return domain->state == DOMAIN_ALIVE;
}

/* "building", "alive", "ended", "crashed". */
const char *domain_state_name(enum domain_state state);

/* All domains, linked by .next; one by its number; the first that is alive. NULL when there is none. */
struct domain *domain_first(void);
struct domain *domain_find(uint16_t id);
struct domain *domain_first_alive(void);

/* The vcpu that runs, or ran last; NULL before the first. Written in domain.c only. */
extern struct vcpu *vcpu_running;

static inline struct vcpu *vcpu_current(void)
{
    return vcpu_running;
}

/* Make `vcpu` the one entry_resume() goes to: map its trap page, load its address space. */
void vcpu_switch_to(struct vcpu *vcpu);

/* Have no current vcpu any more, so that its domain can be destroyed. */
void vcpu_leave(void);

#endif
