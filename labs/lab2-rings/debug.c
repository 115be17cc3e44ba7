/*
 * Debug registers of ring-1 guests (floor 2). Owns the real DR0-DR7. Invariant: the real ones hold breakpoints of the
 * guest that runs, and none below its reach: addresses lie under the hypervisor's part (debug_registers.h), so that no
 * access of ring 0's can hit one, and no breakpoint on ports is ever set.
 *
 * A breakpoint takes effect with the write that enables it: the guest may expect it at its next instruction.
 */
#include "debug.h"
#include <stddef.h>
#include "abi_hypercall.h"
#include "cpu.h"
#include "debug_registers.h"
#include "errors.h"

#define CR4_DE 0x8u         /* DR4 and DR5 do not exist, and breakpoints can be on ports */
#define DR6_HAPPENED 0xe00fu /* BT BS BD B3-B0 */

static bool is_active; /* the real DR7 has a breakpoint enabled */

/*
 * Most guests have none, and then one comparison is all. When there is one the order matters: off, addresses, on.
 * Between two guests the one's addresses would otherwise be watched with the other's kinds and lengths.
 */
void debug_load(const struct pv_vcpu *pv)
{
    uint32_t control = pv != NULL ? debug_control_hardware(pv->debug[DEBUG_CONTROL]) : DEBUG_CONTROL_RESET;
    bool wants = control & DR7_ENABLES;

    if (!wants && !is_active)
        return;
    dr_write(7, DEBUG_CONTROL_RESET); /* addresses must not change under an enabled breakpoint */
    for (unsigned i = 0; wants && i < DEBUG_BREAKPOINTS; i++)
        dr_write(i, pv->debug[i]);
    dr_write(7, control);
    is_active = wants; /* known without reading the real DR7, which is slow */
}

/* The real DR6 only ever gathers bits: what is not cleared would be reported a second time. */
void debug_note(struct pv_vcpu *pv)
{
    pv->debug[DEBUG_STATUS] |= dr6_read() & DR6_HAPPENED;
    dr_write(6, DEBUG_STATUS_RESET); /* the CPU itself never clears it */
}

/*
 * Called while this vcpu runs, by the hypercall and by MOV alike: one set of rules, and the real ones follow at once.
 */
int32_t debug_register_write(struct pv_vcpu *pv, unsigned number, uint32_t value)
{
    uint32_t accepted;
    int32_t error = debug_register_check(number, value, pv->cr4 & CR4_DE, &accepted);

    if (error != 0)
        return error;
    pv->debug[debug_register_number(number, false)] = accepted;
    debug_load(pv);
    return 0;
}

/* The virtual register: what was accepted, also where less of it is in the real one (breakpoints on ports). */
int32_t debug_register_read(const struct pv_vcpu *pv, unsigned number, uint32_t *value)
{
    int32_t which = debug_register_number(number, pv->cr4 & CR4_DE);

    if (which < 0)
        return which;
    *value = pv->debug[which];
    return 0;
}

/* A number beyond 7 is -ENODEV like one that is not there (debug_register_number), so it needs no check of its own. */
static int32_t set_debugreg(struct vcpu *vcpu, const uint32_t args[6])
{
    return debug_register_write(pv_vcpu_of(vcpu), args[0], args[1]);
}
HYPERCALL(HYPERCALL_SET_DEBUGREG, set_debugreg);

/* The value is the result: a guest cannot tell it from an error, but the interface has it so (Xen's traps.c). */
static int32_t get_debugreg(struct vcpu *vcpu, const uint32_t args[6])
{
    uint32_t value = 0;
    int32_t error = debug_register_read(pv_vcpu_of(vcpu), args[0], &value);

    return error != 0 ? -EINVAL : (int32_t)value;
}
HYPERCALL(HYPERCALL_GET_DEBUGREG, get_debugreg);
