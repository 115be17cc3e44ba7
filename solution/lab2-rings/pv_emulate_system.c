/*
 * Control, debug and model-specific registers of ring-1 guests (floor 2): virtual ones, as far as a paravirtual kernel
 * may expect to find them (abi.md 1.10). Numbers: SDM vol. 3 section 2.5, vol. 4 table 2-2.
 */
#include "cpu.h"
#include "debug.h"
#include "emulate.h"
#include "pv_emulate.h"
#include "trap.h"

#define CR4_SHOWN   0x00000620u /* PAE, OSFXSR, OSXMMEXCPT: what is really on */
#define CR4_ALLOWED 0x0000000cu /* TSD and DE are the guest's to set */
#define MSR_DEBUGCTL 0x1d9      /* reads 0: no branch tracing (abi.md 1.10) */

/* What a kernel on this CPU with paging on has, and its own TS. */
static uint32_t cr0_shown(const struct pv_vcpu *pv)
{
    return CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE | (pv->task_switched ? CR0_TS : 0);
}

/* CR3 in the interface's form: bits above 20 of the frame number below bit 12, so that 44 bits fit into 32. */
static uint32_t cr3_shown(const struct pv_vcpu *pv)
{
    return pv->base.number << 12 | pv->base.number >> 20;
}

/*
 * CR2 is where a page fault's address has been left for it (bounce.c); the real one may be another guest's by now. CR1
 * and CR5 to CR7 do not exist: the decoder has refused them, so the default is CR4.
 */
enum pv_outcome pv_cr_read(struct pv_vcpu *pv, const struct insn *insn)
{
    uint32_t *target = register_slot(pv->vcpu->frame, insn->rm.reg);

    switch (insn->reg) {
    case 0:
        *target = cr0_shown(pv); /* PE, PG and the like are always on */
        break;
    case 2:
        *target = pv->info->arch.cr2; /* of the last fault that was bounced */
        break;
    case 3:
        *target = cr3_shown(pv); /* a machine address: the guest's own L3, not the one that is loaded */
        break;
    default:
        *target = pv->cr4 | CR4_SHOWN; /* what it has set, and what is so in any case */
    }
    return PV_DONE;
}

/*
 * Only TS may differ: all else would change the machine under other guests. CR0.PG and PE are what holds them, WP what
 * protects their page tables from ring 1, and EM or MP would make #NM come where fpu.c does not expect it.
 */
static enum pv_outcome cr0_write_virtual(struct pv_vcpu *pv, uint32_t value)
{
    if ((value ^ cr0_shown(pv)) & ~CR0_TS)
        return PV_REFUSED;
    pv->task_switched = value & CR0_TS;
    trap_has_work = true; /* the real TS follows */
    return PV_DONE;
}

/*
 * CR3: another address space is a matter of validated page tables, which are floor 3's; the same one is a flush. What
 * is refused stays a #GP, at the instruction: a kernel that goes on as if nothing had been would be worse off.
 */
enum pv_outcome pv_cr_write(struct pv_vcpu *pv, const struct insn *insn)
{
    uint32_t value = register_read(pv->vcpu->frame, insn->rm.reg, 4);

    switch (insn->reg) {
    case 0:
        return cr0_write_virtual(pv, value);
    case 2:
        pv->info->arch.cr2 = value; /* its own memory: it could write there as well */
        return PV_DONE;
    case 3:
        return value == cr3_shown(pv) ? PV_DONE : PV_REFUSED;
    default:
        if (value & ~(CR4_SHOWN | CR4_ALLOWED))
            return PV_REFUSED;
        pv->cr4 = value & CR4_ALLOWED;
        return PV_DONE;
    }
}

/* On hardware a debug register that is not there is #UD; Xen makes all refusals #GP, and so do we (abi.md 2.9). */
enum pv_outcome pv_dr_read(struct pv_vcpu *pv, const struct insn *insn)
{
    return debug_register_read(pv, insn->reg, register_slot(pv->vcpu->frame, insn->rm.reg)) == 0 ? PV_DONE : PV_REFUSED;
}

/* The first MOV to DR7 already counts: the breakpoint may be at the next instruction (debug.c). */
enum pv_outcome pv_dr_write(struct pv_vcpu *pv, const struct insn *insn)
{
    uint32_t value = register_read(pv->vcpu->frame, insn->rm.reg, 4);

    return debug_register_write(pv, insn->reg, value) == 0 ? PV_DONE : PV_REFUSED;
}

/* A kernel finds out what exists by trying: the #GP is the answer, and not worth a line in the log. */
enum pv_outcome pv_rdmsr(struct pv_vcpu *pv, const struct insn *insn)
{
    struct trap_frame *frame = pv->vcpu->frame;

    (void)insn;
    if (frame->ecx != MSR_DEBUGCTL)
        return PV_REFUSED;
    frame->eax = frame->edx = 0; /* 64 bits in two halves */
    return PV_DONE;
}

/*
 * None is the guest's to write: SYSENTER_EIP or STAR would be an entry into ring 0 at an address of its choice, EFER a
 * way out of 32-bit mode, APIC_BASE and the MTRRs the machine itself.
 */
enum pv_outcome pv_wrmsr(struct pv_vcpu *pv, const struct insn *insn)
{
    (void)pv, (void)insn;
    return PV_REFUSED;
}
