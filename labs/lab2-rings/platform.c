/*
 * Small calls about the virtual CPU (floor 2): FPU ownership, behaviour that a guest may ask for, rights to ports.
 */
#include "errors.h"
#include "guest_copy.h"
#include "pv.h"
#include "trap.h"

#define PORTS 65536

/*
 * The guest's own lazy FPU switching, without the trap that MOV to CR0 would cost. TS is virtual: the real one may be
 * set although the guest's is clear, when the registers in the FPU are another vcpu's (fpu.c).
 */
static int32_t fpu_taskswitch(struct vcpu *vcpu, const uint32_t args[6])
{
    pv_vcpu_of(vcpu)->task_switched = args[0] != 0;
    trap_has_work = true; /* the real TS follows */
    return 0;
}
HYPERCALL(HYPERCALL_FPU_TASKSWITCH, fpu_taskswitch);

/*
 * Known types are accepted, whether or not they change anything here: 4gb_segments is for a C library of 2004, an
 * extended CR3 for machines with more memory than this one (abi.md 1.9, 2.10).
 */
static int32_t vm_assist(struct vcpu *vcpu, const uint32_t args[6])
{
    struct pv_domain *pv = pv_of(vcpu->domain);

    if (args[0] > VM_ASSIST_DISABLE)
        return -ENOSYS;
    if (args[1] > VM_ASSIST_RUNSTATE_UPDATE_FLAG)
        return -EINVAL;
    if (args[0] == VM_ASSIST_ENABLE)
        pv->assists |= 1u << args[1];
    else
        pv->assists &= ~(1u << args[1]);
    return 0;
}
HYPERCALL(HYPERCALL_VM_ASSIST, vm_assist);

/*
 * The real IOPL stays 0, or CLI and the ports would be the guest's; this one is looked at when they trap. A kernel may
 * give itself any: what it gains is an empty bus (pv_emulate_port.c).
 */
static int32_t set_iopl(struct pv_vcpu *pv, uint32_t pointer)
{
    struct physdev_set_iopl request;

    if (copy_from_guest(pv, &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (request.iopl > 3)
        return -EINVAL;
    pv->iopl = (uint8_t)request.iopl; /* virtual */
    return 0;
}

/*
 * Only the place is kept: the bitmap is read when a port is used (pv_emulate_port.c). So it may lie where nothing is,
 * and the guest may change it at any time, as it may its TSS on a machine of its own.
 */
static int32_t set_iobitmap(struct pv_vcpu *pv, uint32_t pointer)
{
    struct physdev_set_iobitmap request;

    if (copy_from_guest(pv, &request, pointer, sizeof(request)) != 0)
        return -EFAULT;
    if (request.nr_ports > PORTS)
        return -EINVAL;
    pv->io_bitmap = request.bitmap;
    pv->io_bitmap_ports = request.nr_ports;
    return 0;
}

/* Interrupt lines and PCI, which most commands are about, are no guest's here. */
static int32_t physdev_op(struct vcpu *vcpu, const uint32_t args[6])
{
    switch (args[0]) {
    case PHYSDEV_SET_IOPL: /* the kernel's ring is 1, so 1 is enough for it */
        return set_iopl(pv_vcpu_of(vcpu), args[1]);
    case PHYSDEV_SET_IOBITMAP: /* for programs */
        return set_iobitmap(pv_vcpu_of(vcpu), args[1]);
    default:
        return -ENOSYS;
    }
}
HYPERCALL(HYPERCALL_PHYSDEV_OP, physdev_op);
