/*
 * Input for ring-1 guests (floor 2).
 */
#ifndef RINGLET_CONSOLE_IO_H
#define RINGLET_CONSOLE_IO_H

#include <stdbool.h>
#include <stdint.h>
#include "domain.h"

/*
 * A byte typed for a domain that has a ring-1 guest. False: there is no room now, offer it again. It is kept even for a
 * guest that never reads: PV_INPUT bytes, and then the keyboard waits.
 */
bool console_io_receive(struct domain *domain, uint8_t byte);

#endif
