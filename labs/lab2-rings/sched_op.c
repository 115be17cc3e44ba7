/*
 * sched_op (floor 2): giving up the CPU for a moment, for longer, or for good (abi.md 6.1; Xen public header sched.h).
 */
#include "abi_sched.h"
#include "console.h"
#include "errors.h"
#include "guest_copy.h"
#include "pv.h"
#include "sched.h"

/*
 * Behind all others that can run: out of the queue and in again at its end. If it is alone it goes straight on. The
 * switch itself comes at the end of the hypercall (trap_finish), for which both calls leave work.
 */
static int32_t sched_yield(struct vcpu *vcpu)
{
    sched_sleep(vcpu);
    sched_wake(vcpu);
    return 0;
}

/*
 * Wait for an event. Events are let in first, and an event that is there already ends the wait before it begins:
 * otherwise one that came just before the call would be slept through.
 */
static int32_t sched_block(struct vcpu *vcpu)
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);

    pv->info->evtchn_upcall_mask = 0; /* the one thing that it changes for the guest */
    if (pv->info->evtchn_upcall_pending || pv_of(vcpu->domain)->input_count != 0)
        return 0;
    console_guest_flush(vcpu->domain); /* a prompt is to be seen while the guest waits for an answer */
    sched_sleep(vcpu);
    return 0;
}

/*
 * Power off is success; a crash is what the guest says of itself; the others are an end that it did not want. There is
 * nobody yet who would start it anew: reboot and suspend are for a domain that manages others (floor 5).
 */
static int32_t shutdown_with(struct vcpu *vcpu, uint32_t reason)
{
    if (reason > SHUTDOWN_MAX)
        return -EINVAL;
    if (reason == SHUTDOWN_CRASH)
        domain_crash(vcpu->domain, "the guest reported a crash");
    else
        domain_end(vcpu->domain, reason == SHUTDOWN_POWEROFF ? 0 : 1);
    return 0;
}

/* The reason lies in memory, not in a register; a pointer that cannot be read ends nobody. */
static int32_t shutdown(struct vcpu *vcpu, uint32_t pointer)
{
    struct sched_shutdown request;

    if (copy_from_guest(pv_vcpu_of(vcpu), &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    return shutdown_with(vcpu, request.reason);
}

/* What both forms share; they differ in where the reason of a shutdown stands. */
static int32_t command_do(struct vcpu *vcpu, const uint32_t args[6],
                          int32_t (*end)(struct vcpu *vcpu, uint32_t argument))
{
    switch (args[0]) {
    case SCHED_YIELD:
        return sched_yield(vcpu);
    case SCHED_BLOCK:
        return sched_block(vcpu);
    case SCHED_SHUTDOWN:
        return end(vcpu, args[1]);
    default:
        return -ENOSYS;
    }
}

/* poll, remote_shutdown and the others of sched.h need events or a second domain's rights: higher floors. */
static int32_t sched_op(struct vcpu *vcpu, const uint32_t args[6])
{
    return command_do(vcpu, args, shutdown);
}
HYPERCALL(HYPERCALL_SCHED_OP, sched_op);

/*
 * The older form, with the reason itself as argument: Linux 2.6's and every kernel's that was built for Xen 3.0.2 or
 * before. Its numbers and meanings are the same otherwise.
 */
static int32_t sched_op_compat(struct vcpu *vcpu, const uint32_t args[6])
{
    return command_do(vcpu, args, shutdown_with);
}
HYPERCALL(HYPERCALL_SCHED_OP_COMPAT, sched_op_compat);
