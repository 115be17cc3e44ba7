/*
 * The guests named at boot (floor 1): from a boot module to a running domain, and from a dead domain to the verdict.
 */
#ifndef RINGLET_GUESTS_H
#define RINGLET_GUESTS_H

#include <stdbool.h>
#include <stdint.h>
#include "domain.h"

struct boot_module;

#define GUESTS_MAX 16                    /* more modules than that are not started */
#define GUEST_MEMORY_DEFAULT (4u << 20)  /* bytes, when there is no mem= */

/* What a floor's build() gets. */
struct guest_image {
    const uint8_t *bytes;        /* the module's file, not yet looked at */
    uint32_t size;               /* of the file, in bytes */
    uint32_t memory;             /* bytes, a multiple of PAGE_SIZE */
    char name[DOMAIN_NAME_SIZE]; /* from name=, or from the file's path */
    const char *command_line;    /* the guest's own words */
    char module_name[DOMAIN_NAME_SIZE]; /* of the boot module that is its ramdisk; empty: none */
    const uint8_t *module;       /* that file, and its size in bytes; only upper floors' guests can have one */
    uint32_t module_size;
};

/*
 * Split a module's command line, "file name=x mem=4M -- words for the guest", into *image. Leading key=value words
 * are the hypervisor's; from the first other word, or behind "--", all belongs to the guest. Returns NULL, or the
 * reason for refusing. Pure.
 */
const char *guest_options_parse(const char *line, struct guest_image *image);

/* Build and start one domain per module; what is refused is said and skipped. */
void guests_start(const struct boot_module *modules, uint32_t count);

/*
 * Announce and destroy the domains that have stopped. When none is left, check that every frame came back and switch
 * the machine off with the verdict.
 */
void guests_reap(void);

#endif
