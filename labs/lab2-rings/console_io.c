/*
 * console_io (floor 2): the console of a guest that has no ring yet. Owns what has been typed for each domain and not
 * been read. Keys come from the keyboard (floor 1), which offers a byte again when there is no room.
 */
#include "console_io.h"
#include <stddef.h>
#include "abi_console.h"
#include "console.h"
#include "errors.h"
#include "guest_copy.h"
#include "hypercall.h"
#include "sched.h"
#include "text.h"

/*
 * Bytes in one call: at 115200 baud they take 11 ms, in which nobody else has the CPU. The rest is another call's.
 */
#define PART 128

/* A part that cannot be read ends it; what came before has been shown, for a console cannot take words back. */
static int32_t console_write(struct vcpu *vcpu, uint32_t count, uint32_t from)
{
    struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    uint8_t bytes[PART];
    uint32_t part = count < PART ? count : PART;

    if (copy_from_guest(pv, bytes, from, part) != 0)
        return hypercall_end(vcpu, -EFAULT);
    for (uint32_t i = 0; i < part; i++)
        console_guest_byte(vcpu->domain, bytes[i]);
    pv->call_was_long = true;
    if (part == count)
        return hypercall_end(vcpu, 0);
    return hypercall_again_third(vcpu, HYPERCALL_CONSOLE_IO, CONSOLE_WRITE, count - part, from + part);
}

/*
 * What has been typed so far, at most `count` bytes; how many. Never waits: a guest may block instead. Bytes leave the
 * queue only when they have arrived: a bad pointer loses nothing.
 */
static int32_t console_read_input(struct vcpu *vcpu, uint32_t count, uint32_t to)
{
    struct pv_domain *pv = pv_of(vcpu->domain);
    uint32_t part = count < pv->input_count ? count : pv->input_count;

    if (copy_to_guest(pv_vcpu_of(vcpu), to, pv->input, part) != 0)
        return -EFAULT;
    pv->input_count -= part; /* they have arrived */
    memmove(pv->input, pv->input + part, pv->input_count);
    return (int32_t)part;
}

/*
 * console_io(command, count, buffer). Every guest may use it here, not the first one alone: until there are rings and
 * somebody to serve them (floor 5) a guest would otherwise be mute (abi.md 1.9).
 */
static int32_t console_io(struct vcpu *vcpu, const uint32_t args[6])
{
    switch (args[0]) {
    case CONSOLE_WRITE: /* returns 0, as Xen's does */
        return console_write(vcpu, args[1], args[2]);
    case CONSOLE_READ: /* returns how many */
        return console_read_input(vcpu, args[1], args[2]);
    default:
        return -ENOSYS;
    }
}
HYPERCALL(HYPERCALL_CONSOLE_IO, console_io);

/*
 * A key ends a wait: before floor 4 there is no other event that could. An ended guest's keys are kept, and go with it.
 */
bool console_io_receive(struct domain *domain, uint8_t byte)
{
    struct pv_domain *pv = pv_of(domain);

    if (pv->input_count == PV_INPUT)
        return false;
    pv->input[pv->input_count++] = byte; /* oldest first */
    if (domain_is_alive(domain))
        sched_wake(&domain->vcpu[0]);
    return true;
}
