/*
 * Building and dismantling ring-1 guests (floor 2): hooks of floor 2's descriptor.
 */
#ifndef RINGLET_PV_BUILD_H
#define RINGLET_PV_BUILD_H

#include <stdbool.h>
#include "guests.h"

/* It is an ELF file with Xen notes: ours, if only to say what is wrong with it. */
bool pv_recognise(const struct guest_image *guest);

/* Memory, address space, start of day. NULL, or the reason for refusing; what was taken goes back in pv_destroy(). */
const char *pv_build(struct domain *domain, const struct guest_image *guest);

/* Give everything back, however far pv_build() had come. */
void pv_destroy(struct domain *domain);

#endif
