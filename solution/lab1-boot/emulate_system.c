/*
 * Control, debug and model-specific registers of the virtual CPU (floor 1, pure). All are plain variables; what would
 * change how the guest's memory works (paging, real mode) is beyond this floor and ends the guest with a reason.
 * Source: Intel SDM vol. 3 section 2.5 (control registers), 17.2 (debug registers), vol. 4 table 2-2 (MSRs).
 *
 *      guest writes   CR0          TS and EM are heeded (fpu_prepare), the rest is remembered
 *                     CR2 CR3 CR4  remembered
 *                     DR0-DR7      remembered; DR6 also records the guest's single steps
 *                     MSR          SYSENTER's three, remembered; any other is #GP(0), as where it does not exist
 *
 * None of it reaches the machine: two guests with different values run side by side.
 */
#include "cpu.h"
#include "domain.h"
#include "emulate.h"
#include "exercise.h"

#define CR0_KNOWN 0xe005003fu /* PG CD NW AM WP NE ET TS EM MP PE */
#define CR0_NW    0x20000000u /* not write-through */
#define CR0_CD    0x40000000u /* cache disable */
#define CR0_LMSW  0x0000000fu /* what LMSW reaches: TS EM MP PE */
#define CR4_KNOWN 0x000007ffu /* VME ... OSXMMEXCPT: what a Pentium III has */
#define DR6_FIXED 0xffff0ff0u /* bits that read as one whatever is written (SDM vol. 3 section 17.2.3) */
#define DR7_FIXED 0x00000400u /* likewise (section 17.2.4) */

#define MSR_TSC          0x10  /* the same counter as RDTSC, which does not trap */
#define MSR_SYSENTER_CS  0x174 /* then ESP, 0x175, and EIP */
#define MSR_SYSENTER_EIP 0x176

/*
 * Exercise 1.4: three functions. insn->reg is the control register, 0, 2, 3 or 4 (the decoder lets no other through);
 * insn->rm.reg is the general register. Reading gives all 32 bits of what the guest has there.
 */
fault_t emulate_cr_read(struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    uint32_t *target = register_slot(guest->frame, insn->rm.reg);

    switch (insn->reg) { /* the decoder lets no other number through */
    case 0:
        *target = guest->cr0;
        break;
    case 2:
        *target = guest->cr2;
        break;
    case 3:
        *target = guest->cr3;
        break;
    default:
        *target = guest->cr4;
    }
    return FAULT_NONE;
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/*
 * Exercise 1.4: a new value for CR0, decided in this order. PG without PE, or NW without CD: #GP(0). PG, or no PE:
 * beyond this floor, so domain_crash() with a reason, and FAULT_STOPPED. Else keep the bits of CR0_KNOWN; ET is always
 * 1. What is refused changes nothing (SDM vol. 2, MOV to control registers; vol. 3 section 2.5).
 */
static fault_t cr0_set(struct bare *guest, uint32_t value)
{
#ifdef SOLUTION
    bool paging = value & CR0_PG;

    if ((paging && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
        return FAULT(VECTOR_GP, 0);
    if (paging || !(value & CR0_PE)) {
        domain_crash(guest->domain, "%s at eip %08x: a bare guest runs unpaged protected mode here",
                     paging ? "turned paging on" : "left protected mode", guest->frame->eip);
        return FAULT_STOPPED;
    }
    guest->cr0 = (value & CR0_KNOWN) | CR0_ET;
    return FAULT_NONE;
#else
    (void)guest, (void)value;
    EXERCISE("1.4");
#endif
}

/* Exercise 1.4: CR2 and CR3 take any value; CR4 with a bit outside CR4_KNOWN is #GP(0), and nothing changes. */
fault_t emulate_cr_write(struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    uint32_t value = register_read(guest->frame, insn->rm.reg, 4);

    switch (insn->reg) {
    case 0:
        return cr0_set(guest, value);
    case 2:
        guest->cr2 = value;
        return FAULT_NONE;
    case 3:
        guest->cr3 = value;
        return FAULT_NONE;
    default:
        if (value & ~CR4_KNOWN)
            return FAULT(VECTOR_GP, 0);
        guest->cr4 = value;
        return FAULT_NONE;
    }
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/* DR4 and DR5 are other names for DR6 and DR7 while CR4.DE is clear (SDM vol. 3 section 17.2.2). */
static unsigned dr_number(unsigned number)
{
    return number == 4 || number == 5 ? number + 2 : number;
}

/* With CR4.DE set the old names are #UD; a kernel that sets DE wants to find its own mistakes. */
static fault_t dr_check(const struct bare *guest, unsigned number)
{
    bool is_alias = number == 4 || number == 5;

    return is_alias && (guest->cr4 & 8) ? FAULT(VECTOR_UD, 0) : FAULT_NONE;
}

/* insn->reg is the debug register; insn->rm.reg the general one. */
fault_t emulate_dr_read(struct bare *guest, const struct insn *insn)
{
    fault_t fault = dr_check(guest, insn->reg);

    if (fault == FAULT_NONE)
        register_write(guest->frame, insn->rm.reg, 4, guest->dr[dr_number(insn->reg)]);
    return fault;
}

/* Kept and read back; breakpoints do not fire in a bare guest. */
fault_t emulate_dr_write(struct bare *guest, const struct insn *insn)
{
    uint32_t value = register_read(guest->frame, insn->rm.reg, 4);
    fault_t fault = dr_check(guest, insn->reg);
    unsigned number = dr_number(insn->reg);

    if (fault != FAULT_NONE)
        return fault;
    /* Fixed bits read as fixed whatever is written, so what is kept is what is read back. */
    if (number == 6)
        value |= DR6_FIXED;
    /* DR7: bits 15, 14 and 12 are always zero. */
    if (number == 7)
        value = (value & 0xffff2bffu) | DR7_FIXED;
    guest->dr[number] = value;
    return FAULT_NONE;
}

/* The virtual TS only: the real one says who owns the FPU registers (fpu.c) and is settled before the guest runs. */
fault_t emulate_clts(struct bare *guest, const struct insn *insn)
{
    (void)insn;
    guest->cr0 &= ~CR0_TS;
    return FAULT_NONE;
}

/* LMSW writes PE MP EM TS but cannot clear PE (SDM vol. 2). */
fault_t emulate_lmsw(struct bare *guest, const struct insn *insn)
{
    uint32_t value;
    fault_t fault = operand_read(guest, insn, 2, &value);

    if (fault != FAULT_NONE)
        return fault;
    return cr0_set(guest, (guest->cr0 & ~CR0_LMSW) | (value & CR0_LMSW) | CR0_PE);
}

/* The result goes to EDX:EAX. An MSR that is not known is #GP(0), by which kernels find out what a CPU has. */
fault_t emulate_rdmsr(struct bare *guest, const struct insn *insn)
{
    struct trap_frame *frame = guest->frame;
    uint64_t value;

    (void)insn;
    if (frame->ecx == MSR_TSC)
        value = bare_tsc();
    else if (frame->ecx >= MSR_SYSENTER_CS && frame->ecx <= MSR_SYSENTER_EIP)
        value = guest->sysenter[frame->ecx - MSR_SYSENTER_CS];
    else
        return FAULT(VECTOR_GP, 0);
    frame->eax = (uint32_t)value;
    frame->edx = (uint32_t)(value >> 32);
    return FAULT_NONE;
}

/* Only the SYSENTER registers, and those without effect: the instruction stays disabled. */
fault_t emulate_wrmsr(struct bare *guest, const struct insn *insn)
{
    const struct trap_frame *frame = guest->frame;

    (void)insn;
    if (frame->ecx < MSR_SYSENTER_CS || frame->ecx > MSR_SYSENTER_EIP)
        return FAULT(VECTOR_GP, 0);
    guest->sysenter[frame->ecx - MSR_SYSENTER_CS] = frame->eax;
    return FAULT_NONE;
}
