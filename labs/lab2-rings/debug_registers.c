/*
 * The rules for a guest's debug registers (floor 2). Pure: values in, values out.
 *
 * Invariant: with real registers that were accepted here, no #DB can hit the hypervisor itself. Addresses are the
 * guest's own, and the hypervisor reads guest memory through the direct map, at other addresses; GD, which would stop
 * its own MOV to a debug register, and I/O breakpoints, which would stop its drivers, never get in.
 */
#include "debug_registers.h"

#include "abi_hypercall.h"
#include "errors.h"

#define DR6_WRITABLE 0x0000e00fu /* BT BS BD B3..B0; the others read as DEBUG_STATUS_RESET says */
#define DR7_WRITABLE 0xffff23ffu /* all but 15, 14, 12, 11, which read as 0, and 10, which reads as 1 */

enum breakpoint_type { TYPE_EXECUTE, TYPE_WRITE, TYPE_PORT, TYPE_ACCESS }; /* R/W of DR7 */

/* Local and global: the difference is a task switch, which no guest here makes, so either means "on". */
static uint32_t breakpoint_enables(unsigned n)
{
    return 3u << 2 * n; /* Ln and Gn */
}

/* Four bits for each breakpoint from bit 16 on: R/W in the low two, LEN in the high two. */
static enum breakpoint_type breakpoint_type(uint32_t dr7, unsigned n)
{
    return dr7 >> (16 + 4 * n) & 3;
}

/* As encoded: 0 is one byte, 1 two, 3 four, and 2 is eight on CPUs that know it. */
static unsigned breakpoint_length(uint32_t dr7, unsigned n)
{
    return dr7 >> (18 + 4 * n) & 3;
}

/* A number from a hypercall may be any; from MOV it is three bits, and 4 and 5 are what SDM vol. 3 17.2.2 says. */
int32_t debug_register_number(uint32_t reg, bool has_extensions)
{
    if (reg > DEBUG_CONTROL)
        return -ENODEV;
    if (reg == 4 || reg == 5)
        return has_extensions ? -ENODEV : (int32_t)reg + 2;
    return (int32_t)reg;
}

/*
 * LEN with an instruction breakpoint is undefined, and TYPE_PORT is without CR4.DE (SDM vol. 3 section 17.2.4). What is
 * switched off does not matter: kernels prepare a slot before they enable it.
 */
static bool breakpoint_is_allowed(uint32_t dr7, unsigned n, bool has_extensions)
{
    if (!(dr7 & breakpoint_enables(n)))
        return true;
    switch (breakpoint_type(dr7, n)) {
    case TYPE_EXECUTE: return breakpoint_length(dr7, n) == 0; /* an instruction has one address */
    case TYPE_PORT: return has_extensions; /* without them the encoding is undefined */
    default: return true; /* data, of any length */
    }
}

/*
 * General detect would raise #DB at ring 0's own next MOV to a debug register: in the middle of a switch between
 * guests. A bad value is refused as a whole, so the breakpoints that were set before go on being watched.
 */
static int32_t control_check(uint32_t value, bool has_extensions, uint32_t *accepted)
{
    if (value & DR7_GENERAL_DETECT)
        return -EPERM;
    for (unsigned n = 0; n < DEBUG_BREAKPOINTS; n++)
        if (!breakpoint_is_allowed(value, n, has_extensions))
            return -EPERM;
    *accepted = (value & DR7_WRITABLE) | DEBUG_CONTROL_RESET;
    return 0;
}

/*
 * Addresses are below the hypervisor's whether they are in use or not, so that a later DR7 cannot enable a bad one. The
 * CPU watches up to 8 bytes from the address rounded down to their number: still below.
 */
int32_t debug_register_check(uint32_t reg, uint32_t value, bool has_extensions, uint32_t *accepted)
{
    int32_t number = debug_register_number(reg, has_extensions);

    if (number < 0)
        return number;
    if (number == DEBUG_CONTROL)
        return control_check(value, has_extensions, accepted);
    if (number == DEBUG_STATUS) {
        *accepted = (value & DR6_WRITABLE) | DEBUG_STATUS_RESET;
        return 0;
    }
    if (value >= HYPERVISOR_VIRT_START)
        return -EPERM;
    *accepted = value;
    return 0;
}

/*
 * The guest's port accesses trap and are emulated, so a real I/O breakpoint would only ever hit the hypervisor's own.
 * It stays in the virtual DR7, for the emulation to look at. GD cannot be set there, but nothing here depends on it.
 */
uint32_t debug_control_hardware(uint32_t dr7)
{
    uint32_t hardware = (dr7 & DR7_WRITABLE & ~DR7_GENERAL_DETECT) | DEBUG_CONTROL_RESET;

    for (unsigned n = 0; n < DEBUG_BREAKPOINTS; n++)
        if (breakpoint_type(dr7, n) == TYPE_PORT)
            hardware &= ~breakpoint_enables(n);
    return hardware;
}
