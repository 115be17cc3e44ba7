/*
 * The rules for a guest's debug registers (floor 2): what it may put into its virtual ones, and what of that may be in
 * the real ones. Pure; called by set_debugreg, get_debugreg, the emulation of MOV to and from DRn, and the vcpu switch.
 * Rules: abi.md 2.9; registers: Intel SDM vol. 3 section 17.2.
 *
 *      DR6  15 BT | 14 BS | 13 BD | 3-0 B3..B0      what happened: task switch, step, access, breakpoint n
 *      DR7  31-30 LEN3 | 29-28 R/W3 | .. | 17-16 R/W0 | 13 GD | 9 GE | 8 LE | 7 G3 | 6 L3 | .. | 1 G0 | 0 L0
 */
#ifndef RINGLET_DEBUG_REGISTERS_H
#define RINGLET_DEBUG_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#define DEBUG_BREAKPOINTS 4 /* DR0 to DR3 hold their addresses */
#define DEBUG_STATUS      6 /* DR6 */
#define DEBUG_CONTROL     7 /* DR7 */

#define DEBUG_STATUS_RESET  0xffff0ff0u /* also: the bits that always read as one */
#define DEBUG_CONTROL_RESET 0x00000400u /* the same of DR7 */

#define DR7_ENABLES        0x000000ffu /* L0 G0 .. L3 G3 */
#define DR7_GENERAL_DETECT 0x00002000u /* #DB on any access to a debug register */

/*
 * The register that number `reg` is about: DR4 and DR5 are DR6 and DR7, unless debug extensions (CR4.DE) took them
 * away. -ENODEV: there is no such register.
 */
int32_t debug_register_number(uint32_t reg, bool has_extensions);

/*
 * May a guest set this register? 0: *accepted is the value that it reads from now on, at register
 * debug_register_number(reg). -ENODEV, -EPERM: no, and *accepted is untouched. `has_extensions`: its virtual CR4.DE.
 */
int32_t debug_register_check(uint32_t reg, uint32_t value, bool has_extensions, uint32_t *accepted);

/* What of an accepted DR7 goes into the real one. When it has none of DR7_ENABLES, the addresses need not be loaded. */
uint32_t debug_control_hardware(uint32_t dr7);

#endif
