/*
 * The guests named at boot (floor 1). Owns the verdict of the whole run. Invariant: each module is reported exactly
 * once, as refused, ended or crashed, and every frame of a dead domain is given back.
 */
#include "guests.h"
#include "console.h"
#include "floor.h"
#include "frames.h"
#include "multiboot.h"
#include "panic.h"
#include "print.h"

static bool any_failed;
static uint32_t frames_at_start;

static void refuse(const char *name, const char *reason)
{
    print("guest %s: refused: %s\n", name, reason);
    any_failed = true;
}

static void guest_start(const struct boot_module *module)
{
    struct guest_image image = { .bytes = module->bytes, .size = module->size };
    const char *reason = guest_options_parse(module->command_line, &image);

    if (reason != NULL) {
        refuse(image.name, reason);
        return;
    }
    struct domain *domain = domain_create(image.name);
    if (domain == NULL) {
        refuse(image.name, "no memory is left for another domain; start QEMU with a larger -m");
        return;
    }
    reason = floors_build(domain, &image);
    if (reason != NULL) {
        refuse(image.name, reason);
        domain_destroy(domain);
        return;
    }
    print("domain %u (%s): started, %u KiB\n", domain->id, domain->name, image.memory / 1024);
    domain_start(domain);
}

void guests_start(const struct boot_module *modules, uint32_t count)
{
    frames_at_start = frames_free_count();
    if (count == 0) {
        print("hypervisor: no guests: give kernels as boot modules\n");
        any_failed = true; /* whoever started us expected something to run */
    }
    for (uint32_t i = 0; i < count && i < GUESTS_MAX; i++)
        guest_start(&modules[i]);
    if (count > GUESTS_MAX) {
        print("hypervisor: %u boot modules are too many: those after the first %u are not started\n", count, GUESTS_MAX);
        any_failed = true;
    }
}

/* The test kernels' convention for the exit port: 0 success, 3 skipped; anything else is a failure. */
static void report(const struct domain *domain)
{
    if (domain->state == DOMAIN_CRASHED)
        print("domain %u (%s): crashed: %s\n", domain->id, domain->name, domain->reason);
    else
        print("domain %u (%s): ended, status %u\n", domain->id, domain->name, domain->exit_status);
    if (domain->state == DOMAIN_CRASHED || (domain->exit_status != 0 && domain->exit_status != 3))
        any_failed = true;
}

static void __attribute__((noreturn)) finish(void)
{
    if (frames_free_count() != frames_at_start)
        panic("frames: %u were free before the first guest, %u after the last", frames_at_start, frames_free_count());
    machine_off(any_failed ? MACHINE_GUEST_FAILURE : MACHINE_SUCCESS);
}

static struct domain *first_stopped(void)
{
    struct domain *domain = domain_first();

    while (domain != NULL && domain_is_alive(domain))
        domain = domain->next;
    return domain;
}

void guests_reap(void)
{
    struct domain *domain;

    domains_stopped = false;
    while ((domain = first_stopped()) != NULL) {
        console_guest_flush(domain); /* its last words stand before the verdict */
        report(domain);
        vcpu_leave();
        domain_destroy(domain);
    }
    if (domain_first() == NULL)
        finish();
}
