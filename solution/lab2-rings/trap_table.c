/*
 * The guest's trap table and its callbacks (floor 2): where a ring-1 kernel wants to be entered. It has no IDT of its
 * own: the CPU's IDT leads to us, and the bounce looks here.
 *
 * Invariant: no handler's CS has RPL 0, so nothing that is bounced to can be ring 0. Whether the selector names a code
 * segment is found out by the CPU when it is used; if it does not, failsafe.c has the say.
 */
#include "abi_cpu.h"
#include "errors.h"
#include "exercise.h"
#include "fast_trap.h"
#include "guest_copy.h"
#include "pv.h"
#include "text.h"
#include "trap.h"

/*
 * RPL 0 would ask for ring 0 (SDM vol. 3 section 5.8): 1 is the least a guest can have. The selector that the
 * hypervisor puts into CS when it bounces is the guest's word, and IRET goes to the ring that its two low bits name:
 * without this line a trap table is a way into ring 0. A null selector becomes 1, which still counts as none (below 4).
 */
static uint16_t selector_raise(uint16_t selector)
{
    return (selector & 3) == 0 ? selector | 1 : selector;
}

/* Exercise 2.5: the guest's entry as we keep it. Selector raised; DPL and "masks" from its flags (abi_cpu.h). */
static struct pv_handler handler_decode(const struct trap_info *info)
{
#ifdef SOLUTION
    return (struct pv_handler){
        .eip = info->address,
        .cs = selector_raise(info->cs),
        .dpl = info->flags & TRAP_INFO_DPL,
        .masks_events = info->flags & TRAP_INFO_MASKS,
    };
#else
    (void)info, (void)selector_raise;
    EXERCISE("2.5");
#endif
}

/*
 * The gate for INT 0x80 follows the handler for it, and is put into the IDT before the guest runs again. A gate that
 * stayed behind would go on leading to the old handler, past the trap table.
 */
static void handler_set(struct pv_vcpu *pv, uint8_t vector, struct pv_handler handler)
{
    pv->traps[vector] = handler; /* merged: the others stay */
    if (vector == FAST_TRAP_VECTOR)
        fast_trap_update(pv);
}

/* All at once; the fast gate goes too, or INT 0x80 would still lead to a handler that the kernel has taken back. */
static void table_clear(struct pv_vcpu *pv)
{
    memset(pv->traps, 0, sizeof(pv->traps)); /* CS 0: no handler */
    fast_trap_update(pv);
}

/*
 * Exercise 2.5: set_trap_table(0) clears the table. Otherwise args[0] points to entries in guest memory, which are
 * merged into it up to one whose address is 0; there are 256 vectors, so no table has use for more entries than that.
 * -EFAULT when an entry cannot be read; those before it stay.
 */
static int32_t set_trap_table(struct vcpu *vcpu, const uint32_t args[6])
{
#ifdef SOLUTION
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    struct trap_info info;

    if (args[0] == 0) {
        table_clear(pv);
        return 0;
    }
    for (uint32_t i = 0; i < 256; i++) {
        if (copy_from_guest(pv, &info, args[0] + i * sizeof(info), sizeof(info)) != 0)
            return -EFAULT;
        if (info.address == 0)
            return 0;
        handler_set(pv, info.vector, handler_decode(&info));
    }
    return 0;
#else
    (void)vcpu, (void)args, (void)table_clear, (void)handler_set, (void)handler_decode;
    EXERCISE("2.5");
#endif
}
HYPERCALL(HYPERCALL_SET_TRAP_TABLE, set_trap_table);

/*
 * event and failsafe in one call (abi.md 2.9): the older form, which Mini-OS still uses. Here, too, what is kept is the
 * raised selector. Xen 3's failsafe callback does not mask events, unless the newer form asks for it.
 */
static int32_t set_callbacks(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);

    pv->callbacks[CALLBACK_EVENT] = (struct pv_handler){ args[1], selector_raise((uint16_t)args[0]), 0, true };
    pv->callbacks[CALLBACK_FAILSAFE] = (struct pv_handler){ args[3], selector_raise((uint16_t)args[2]), 0, false };
    return 0;
}
HYPERCALL(HYPERCALL_SET_CALLBACKS, set_callbacks);

/* The 64-bit kind (2) is not for this machine; 6 is not a type (Xen public header callback.h). */
static bool callback_is_known(uint16_t type)
{
    return type < PV_CALLBACKS && type != CALLBACK_SYSCALL && type != 6;
}

/*
 * Events are masked on their way in whether the flag says so or not, as the bounce of an event always does. SYSENTER
 * and SYSCALL are accepted and never used: neither instruction is enabled, so they are exceptions.
 */
static int32_t callback_register(struct pv_vcpu *pv, uint32_t pointer)
{
    struct callback_register request;

    if (copy_from_guest(pv, &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (!callback_is_known(request.type))
        return -ENOSYS;
    pv->callbacks[request.type] = (struct pv_handler){
        .eip = request.address.eip, /* any */
        .cs = selector_raise((uint16_t)request.address.cs), /* 32 bits in the structure, 16 in a selector */
        .masks_events = request.type == CALLBACK_EVENT || (request.flags & CALLBACK_MASK_EVENTS),
    };
    return 0;
}

/* Only the NMI's can be taken back: a kernel without the others could not go on (abi.md 2.9: -EINVAL for those). */
static int32_t callback_unregister(struct pv_vcpu *pv, uint32_t pointer)
{
    struct callback_unregister request;

    if (copy_from_guest(pv, &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (request.type != CALLBACK_NMI)
        return callback_is_known(request.type) ? -EINVAL : -ENOSYS;
    pv->callbacks[CALLBACK_NMI] = (struct pv_handler){ 0 }; /* CS 0: nobody wants it */
    return 0;
}

/* A kernel that registers callbacks one by one stops at the first error, so every type it may know is accepted. */
static int32_t callback_op(struct vcpu *vcpu, const uint32_t args[6])
{
    switch (args[0]) {
    case CALLBACK_OP_REGISTER:
        return callback_register(pv_vcpu_of(vcpu), args[1]);
    case CALLBACK_OP_UNREGISTER:
        return callback_unregister(pv_vcpu_of(vcpu), args[1]);
    default:
        return -ENOSYS;
    }
}
HYPERCALL(HYPERCALL_CALLBACK_OP, callback_op);

/*
 * Used from the next trap out of ring 3 on; and by the CPU itself for the fast trap, hence the work. Neither part is
 * looked at now: a stack that cannot be written is found out by the bounce, and is then the guest's end.
 */
static int32_t stack_switch(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);

    pv->kernel_ss = selector_raise((uint16_t)args[0]);
    pv->kernel_sp = args[1]; /* an offset in kernel_ss */
    fast_trap_update(pv);
    return 0;
}
HYPERCALL(HYPERCALL_STACK_SWITCH, stack_switch);
