/*
 * Building and dismantling bare guests (floor 1): the hooks behind floor 1's descriptor.
 */
#ifndef RINGLET_BARE_BUILD_H
#define RINGLET_BARE_BUILD_H

#include <stdbool.h>

#include <stddef.h>
#include "bare.h"
#include "domain.h"
#include "floor.h"

struct guest_image;

/* Per-domain data: the bare guest in each domain; without memory where the domain is of another kind. */
extern struct bare bare_guest;

/* This domain's bare guest; NULL when the domain is of another kind. */
static inline struct bare *bare_of(struct domain *domain)
{
    struct bare *guest = domain_data(domain, bare_guest);

    return guest->memory != NULL ? guest : NULL;
}

/* The image has a multiboot 1 header. */
bool bare_recognise(const struct guest_image *image);

/* Give the domain memory and an address space, load the image, set the entry state. NULL or the reason. */
const char *bare_build(struct domain *domain, const struct guest_image *image);

/* Give everything back, however far bare_build() had come. */
void bare_destroy(struct domain *domain);

/* Make the shadow GDT of `guest` the one the CPU reads; somebody else has used the window since. */
void bare_shadow_map(struct bare *guest);
void bare_shadow_forget(void);

#endif
