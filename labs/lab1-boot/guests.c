/*
 * The guests named at boot (floor 1). Owns the verdict of the whole run. Invariant: each module is reported exactly
 * once, as refused, ended or crashed, and every frame of a dead domain is given back.
 *
 *      module -> guest_options_parse -> domain_create -> floors_build -> domain_start ... ended or crashed
 *                     |                    |                |                                  |
 *                     +--------------------+----------------+---> refused                 guests_reap
 *                                                                    |                         |
 *                                                                    +----> any_failed? <------+ -> machine_off
 *
 * Nothing a guest brings along stops the others: a bad image costs one sentence. Called by start.c, then by trap.c
 * whenever a domain has stopped.
 */
#include "guests.h"
#include "console.h"
#include "floor.h"
#include "frames.h"
#include "multiboot.h"
#include "panic.h"
#include "print.h"
#include "text.h"

/* The verdict so far; and the frames to compare with at the end, when all domains are gone. */
static bool any_failed;
static uint32_t frames_at_start;

/* Name, reason and what to do about it: the reasons are written so that they follow a colon. */
static void refuse(const char *name, const char *reason)
{
    print("guest %s: refused: %s\n", name, reason);
    any_failed = true;
}

/* All boot modules, with their options: which of them are guests shows only when all are known. */
static struct guest_image images[GUESTS_MAX];
static const char *reasons[GUESTS_MAX]; /* why its options are refused; NULL: they are not */

/* The boot module that image `of` wants as its ramdisk; NULL when there is none of that name. */
static const struct guest_image *ramdisk_find(const struct guest_image *of, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (text_equal(images[i].name, of->module_name) && &images[i] != of)
            return &images[i];
    return NULL;
}

/* A file that another module's module= names is no guest. */
static bool is_ramdisk(uint32_t index, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (images[i].module_name[0] != '\0' && ramdisk_find(&images[i], count) == &images[index])
            return true;
    return false;
}

static void ramdisk_attach(uint32_t index, uint32_t count)
{
    const struct guest_image *ramdisk = ramdisk_find(&images[index], count);

    if (images[index].module_name[0] == '\0' || reasons[index] != NULL)
        return;
    if (ramdisk == NULL) {
        reasons[index] = "its module= names no other boot module";
        return;
    }
    images[index].module = ramdisk->bytes;
    images[index].module_size = ramdisk->size;
}

/*
 * A domain that could not be built is destroyed like any other: each floor knows how far it had come.
 */
static void guest_start(const struct guest_image *image)
{
    const char *reason;
    struct domain *domain = domain_create(image->name);
    if (domain == NULL) {
        refuse(image->name, "no memory is left for another domain; start QEMU with a larger -m");
        return;
    }
    /* Whichever floor recognises the image builds it; until domain_start() it is not in the run queue. */
    reason = floors_build(domain, image);
    if (reason != NULL) {
        refuse(image->name, reason);
        domain_destroy(domain);
        return;
    }
    print("domain %u (%s): started, %u KiB\n", domain->id, domain->name, image->memory / 1024);
    domain_start(domain);
}

/* One guest, with its ramdisk if it has one. */
static void guest_begin(uint32_t index, uint32_t count)
{
    ramdisk_attach(index, count);
    if (reasons[index] != NULL)
        refuse(images[index].name, reasons[index]);
    else
        guest_start(&images[index]);
}

/* The free frames are counted first: all that the domains take from here on must come back. */
void guests_start(const struct boot_module *modules, uint32_t count)
{
    uint32_t used = count < GUESTS_MAX ? count : GUESTS_MAX;

    frames_at_start = frames_free_count();
    if (count == 0) {
        print("hypervisor: no guests: give kernels as boot modules\n");
        any_failed = true; /* whoever started us expected something to run */
    }
    for (uint32_t i = 0; i < used; i++) {
        images[i] = (struct guest_image){ .bytes = modules[i].bytes, .size = modules[i].size };
        reasons[i] = guest_options_parse(modules[i].command_line, &images[i]);
    }
    for (uint32_t i = 0; i < used; i++)
        if (!is_ramdisk(i, used))
            guest_begin(i, used);
    if (count > GUESTS_MAX) {
        print("hypervisor: %u boot modules are too many: those after the first %u are not started\n", count,
              GUESTS_MAX);
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

/* A frame that did not come back is a leak in some floor's domain_destroy: our bug, whatever the guests did. */
static void __attribute__((noreturn)) finish(void)
{
    if (frames_free_count() != frames_at_start)
        panic("frames: %u were free before the first guest, %u after the last", frames_at_start, frames_free_count());
    machine_off(any_failed ? MACHINE_GUEST_FAILURE : MACHINE_SUCCESS);
}

/* All domains are built before the first one runs, so what is not alive has stopped. */
static struct domain *first_stopped(void)
{
    struct domain *domain = domain_first();

    while (domain != NULL && domain_is_alive(domain))
        domain = domain->next;
    return domain;
}

/*
 * Runs on the hypervisor's stack, on the way to a guest, so nothing uses the dead domain any more. The flag goes down
 * first: what stops during the work raises it again.
 */
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
