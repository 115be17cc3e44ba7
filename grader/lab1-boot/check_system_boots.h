/*
 * Runs of the machine that several of lab 1's checks look at (host side): one object each, so that they are made once.
 */
#ifndef RINGLET_CHECK_SYSTEM_BOOTS_H
#define RINGLET_CHECK_SYSTEM_BOOTS_H

#include "system.h"

extern const struct boot boot_frame;     /* guest frame: registers loaded, then UD2 */
extern const struct boot boot_registers; /* guest registers */

#endif
