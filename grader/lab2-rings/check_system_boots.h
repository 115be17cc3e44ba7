/*
 * Runs of the machine that several of lab 2's checks look at (host side): one object each, so that they are made once.
 */
#ifndef RINGLET_CHECK_SYSTEM_BOOTS_H
#define RINGLET_CHECK_SYSTEM_BOOTS_H

#include "system.h"

extern const struct boot boot_start;       /* guest start */
extern const struct boot boot_iret;        /* guest iret */

#endif
