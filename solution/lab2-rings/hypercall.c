/*
 * Hypercalls (floor 2): from the stub in ring.S to the handler and back, and lists of hypercalls.
 *
 *      mov $17, %eax; int $0x82  ->  ring_hypercall_in  ->  ring_hypercall  ->  table[17](vcpu, args)
 *                                    saves registers        args from the       result into the frame's EAX
 *                                                           frame's registers
 *
 * Invariant: of the guest's registers a hypercall changes EAX alone, unless it is an iret. EIP may be anywhere, not
 * only in the hypercall page: guests issue INT 0x82 from where they like (abi.md 1.7).
 */
#include "hypercall.h"
#include <stddef.h>
#include "abi_hypercall.h"
#include "errors.h"
#include "exercise.h"
#include "guest_copy.h"
#include "print.h"
#include "ring.h"
#include "ring_numbers.h"
#include "trap.h"

_Static_assert(offsetof(struct trap_frame, cs) == FRAME_CS && offsetof(struct trap_frame, eflags) == FRAME_EFLAGS,
               "ring_numbers.h");

/* Once for each domain and number: a kernel that probes for a feature in a loop must not fill the console. */
void hypercall_missing(struct vcpu *vcpu, uint32_t number)
{
    struct pv_domain *pv = pv_of(vcpu->domain);
    uint64_t bit = number < HYPERCALLS_MAX ? 1ull << number : 0;

    if ((bit & ~pv->missing_told) == 0)
        return;
    pv->missing_told |= bit;
    print("domain %u (%s): hypercall %u (%s) belongs to a higher floor\n", vcpu->domain->id, vcpu->domain->name,
          number, hypercall_name(number));
}

/* -ENOSYS is also the answer of a call that is there, to a command that it does not have: that is no news. */
static void missing_tell(struct vcpu *vcpu, uint32_t number)
{
    if (!hypercall_is_offered(number))
        hypercall_missing(vcpu, number);
}

/*
 * Exercise 2.3. The number is in EAX, the six arguments are in EBX ECX EDX ESI EDI EBP. hypercall_call() knows the
 * table and its bounds (floor.h); its result goes to EAX. A call that no floor has is told by missing_tell() and is
 * -ENOSYS. The handler may have replaced the whole frame (iret), or ended the domain: the result still belongs into
 * the frame's EAX. At the end trap_finish(): another vcpu may be due.
 */
void ring_hypercall(struct trap_frame *frame)
{
#ifdef SOLUTION
    struct vcpu *vcpu = vcpu_current();
    const uint32_t args[6] = { frame->ebx, frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp };
    uint32_t number = frame->eax;
    int32_t result = hypercall_call(number, vcpu, args);

    frame->eax = (uint32_t)result;
    if (result == -ENOSYS)
        missing_tell(vcpu, number);
    trap_finish();
#else
    (void)frame, (void)missing_tell;
    EXERCISE("2.3");
#endif
}

static struct multicall_entry *entry_called; /* the entry of a list that is being called; NULL: none is */
static bool entry_goes_on;   /* the list is to be gone on with, */
static uint32_t entry_place; /* from the entry at this guest address on */

/*
 * Is this the call that was to be made again? Between the two traps the guest may have taken an interrupt and made
 * other calls, which have another stack or other arguments.
 */
static bool call_is_kept(const struct pv_call *call, const struct trap_frame *frame)
{
    return call->eip != 0 && call->eip == frame->eip && call->esp == frame->esp && call->first == frame->ebx &&
           call->second == frame->ecx;
}

/* Remember what the guest gave, the first time. */
static void call_keep(struct vcpu *vcpu, uint32_t first, uint32_t second)
{
    const struct trap_frame *frame = vcpu->frame;
    struct pv_call *call = &pv_vcpu_of(vcpu)->call;

    if (!call_is_kept(call, frame))
        *call = (struct pv_call){
            .eip = frame->eip, .esp = frame->esp, .given = { frame->ebx, frame->ecx, frame->edx },
        };
    call->first = first;
    call->second = second;
}

int32_t hypercall_end(struct vcpu *vcpu, int32_t result)
{
    struct trap_frame *frame = vcpu->frame;
    struct pv_call *call = &pv_vcpu_of(vcpu)->call;

    if (entry_called != NULL || !call_is_kept(call, frame))
        return result;
    frame->ebx = call->given[0];
    frame->ecx = call->given[1];
    frame->edx = call->given[2];
    call->eip = 0;
    return result;
}

/*
 * INT 0x82 is two bytes long, wherever it stands, and prefixes before it do not matter to a second try. In a list the
 * registers are the list's, and so is the instruction: there the arguments are the entry's.
 */
int32_t hypercall_again(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second)
{
    struct trap_frame *frame = vcpu->frame;

    if (entry_called != NULL) {
        entry_goes_on = true;
        entry_called->args[0] = first;
        entry_called->args[1] = second;
        return 0;
    }
    call_keep(vcpu, first, second);
    frame->eip -= 2;
    frame->ebx = first;
    frame->ecx = second;
    return (int32_t)number; /* into EAX, where the instruction will look for it */
}

int32_t hypercall_again_third(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second, uint32_t third)
{
    int32_t result = hypercall_again(vcpu, number, first, second);

    if (entry_called != NULL)
        entry_called->args[2] = third;
    else
        vcpu->frame->edx = third;
    return result;
}

/* Nested, a list could go on for ever, and its continuation would not know where it is. */
static int32_t entry_handle(struct vcpu *vcpu, struct multicall_entry *entry)
{
    int32_t result;

    if (entry->op == HYPERCALL_MULTICALL)
        return -EINVAL;
    entry_called = entry;
    result = hypercall_call(entry->op, vcpu, entry->args);
    entry_called = NULL;
    return result;
}

/* The list goes on with the entry at `list`, in another trap. -EFAULT ends it for now. */
static int32_t list_put_off(uint32_t list)
{
    entry_place = list;
    entry_goes_on = true;
    return -EFAULT;
}

/* To where it was read, with the arguments that are left, as Xen does. */
static int32_t entry_put_off(const struct pv_vcpu *pv, uint32_t list, const struct multicall_entry *entry)
{
    list_put_off(list);
    entry_goes_on = copy_to_guest(pv, list, entry, sizeof(*entry)) == 0;
    return -EFAULT;
}

/* One entry: copied in, called, and its result copied back to where it was read. */
static int32_t entry_call(struct vcpu *vcpu, uint32_t list, struct multicall_entry *entry)
{
    const struct pv_vcpu *pv = pv_vcpu_of(vcpu);
    int32_t result;

    if (pv->call_was_long)
        return list_put_off(list);
    if (copy_from_guest(pv, entry, list, sizeof(*entry)) != 0)
        return -EFAULT;
    result = entry_handle(vcpu, entry);
    if (entry->op == HYPERCALL_IRET)
        return result;
    if (entry_goes_on)
        return entry_put_off(pv, list, entry);
    if (result == -ENOSYS)
        missing_tell(vcpu, entry->op);
    return copy_to_guest(pv, list + offsetof(struct multicall_entry, result), &result, sizeof(result));
}

/*
 * Exercise 2.3: a list of `args[1]` entries at guest address `args[0]`, one after the other with entry_call(). Returns
 * 0 however the entries fared, -EFAULT as soon as one cannot be read or answered. Four things to think of:
 *   - a list that reaches HYPERVISOR_VIRT_START is -EFAULT before its first entry runs; its size needs 64 bits;
 *   - the count is the guest's and may be 2^32 - 1: after HYPERCALL_BATCH entries hypercall_again() with what is left;
 *   - an iret gives the guest another context, in which the rest of the list has no business: stop, and return what
 *     the iret returned, which is the EAX of that context;
 *   - a domain that is no longer alive (domain_is_alive) makes no more calls.
 */
static int32_t multicall(struct vcpu *vcpu, const uint32_t args[6])
{
#ifdef SOLUTION
    uint32_t list = args[0], count = args[1];
    struct multicall_entry entry;

    if ((uint64_t)list + (uint64_t)count * sizeof(entry) > HYPERVISOR_VIRT_START)
        return -EFAULT;
    for (uint32_t done = 0; done < count && domain_is_alive(vcpu->domain); done++, list += sizeof(entry)) {
        if (done == HYPERCALL_BATCH)
            return hypercall_again(vcpu, HYPERCALL_MULTICALL, list, count - done);
        int32_t result = entry_call(vcpu, list, &entry);
        if (result == -EFAULT || entry.op == HYPERCALL_IRET)
            return result;
    }
    return 0;
#else
    (void)vcpu, (void)args, (void)entry_call;
    EXERCISE("2.3");
#endif
}

/* What takes too long ends multicall() like an entry that cannot be read; but then the list goes on there. */
static int32_t multicall_batch(struct vcpu *vcpu, const uint32_t args[6])
{
    int32_t result;

    entry_goes_on = false;
    pv_vcpu_of(vcpu)->call_was_long = false;
    result = multicall(vcpu, args);
    if (!entry_goes_on)
        return hypercall_end(vcpu, result);
    return hypercall_again(vcpu, HYPERCALL_MULTICALL, entry_place,
                           args[1] - (entry_place - args[0]) / sizeof(struct multicall_entry));
}
HYPERCALL(HYPERCALL_MULTICALL, multicall_batch);
