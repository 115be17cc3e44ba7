/*
 * Privileged instructions of ring-1 guests (floor 2). A paravirtual kernel is meant to use hypercalls, but some of its
 * code may not know; the decoder is floor 1's, and the table says what is worth carrying out (abi.md 1.10). What is not
 * in it is bounced: HLT, LGDT, LIDT, LTR, LMSW, INVLPG, INVD. A ring-1 kernel that uses those has not been ported.
 *
 * Invariant: nothing here reaches the real register of that name. Where the instruction cannot be read, the guest gets
 * the page fault that its CPU would have had.
 */
#include "pv_emulate.h"
#include <stddef.h>
#include "bounce.h"
#include "cpu.h"
#include "cpuid_policy.h"
#include "debug.h"
#include "descriptor_tables.h"
#include "guest_copy.h"
#include "pv_trap.h"
#include "text.h"
#include "trap.h"

#define FETCH_ERROR 0x10u /* of a page fault: an instruction was fetched; only where the CPU tells */
#define DR6_BS 0x4000u

/*
 * A program has no privileged instructions, but for ports where it may use them; CLI and STI go with the ports, as
 * IOPL decides over both (SDM vol. 3 section 5.9). Whether it may is for the handlers to find out.
 */
static bool is_for_programs(unsigned op)
{
    return op == INSN_CLI || op == INSN_STI || (op >= INSN_IN && op <= INSN_OUTS);
}

/*
 * The mask is not the flag's: a kernel with IOPL that says CLI believes something else than what we do (abi.md 1.10).
 */
static enum pv_outcome pv_interrupt_flag(struct pv_vcpu *pv, const struct insn *insn)
{
    (void)insn;
    return pv_may_use_ports(pv) ? PV_DONE : PV_REFUSED;
}

/* The guest's own TS. The real one stays set for as long as the FPU holds somebody else's registers (fpu.c). */
static enum pv_outcome pv_clts(struct pv_vcpu *pv, const struct insn *insn)
{
    (void)insn;
    pv->task_switched = false;
    trap_has_work = true; /* the real TS follows */
    return PV_DONE;
}

/* Caches are coherent with everything a guest can do, so nothing needs to be written back. */
static enum pv_outcome pv_wbinvd(struct pv_vcpu *pv, const struct insn *insn)
{
    (void)pv, (void)insn;
    return PV_DONE;
}

/*
 * By what the decoder calls them. NULL, also for every instruction that the decoder knows for bare guests alone: it is
 * not carried out. A table and no switch, so that what a ring-1 kernel may have can be read in ten lines.
 */
static pv_instruction *const instructions[INSN_OP_COUNT] = {
    [INSN_CLI] = pv_interrupt_flag, [INSN_STI] = pv_interrupt_flag, /* no operation */
    [INSN_IN] = pv_in, [INSN_OUT] = pv_out, [INSN_INS] = pv_ins, [INSN_OUTS] = pv_outs, /* an empty bus */
    [INSN_MOV_FROM_CR] = pv_cr_read, [INSN_MOV_TO_CR] = pv_cr_write, /* virtual ones */
    [INSN_MOV_FROM_DR] = pv_dr_read, [INSN_MOV_TO_DR] = pv_dr_write, /* by the rules of debug.c */
    [INSN_CLTS] = pv_clts, [INSN_WBINVD] = pv_wbinvd, /* its own TS; nothing */
    [INSN_RDMSR] = pv_rdmsr, [INSN_WRMSR] = pv_wrmsr, /* one, and none */
};

/*
 * The instruction at CS:EIP: *bytes points to it, in place or in `buffer`; returns how many bytes there are before a
 * page that is not mapped, at most INSN_MAX_LENGTH. An instruction seldom lies in two pages.
 */
static uint32_t fetch(const struct pv_vcpu *pv, uint8_t buffer[INSN_MAX_LENGTH], const uint8_t **bytes,
                      uint32_t *address)
{
    const struct trap_frame *frame = pv->vcpu->frame;
    uint32_t rest;

    if (!code_linear(pv, frame->cs, frame->eip, address))
        return 0;
    *bytes = guest_window(pv, *address, INSN_MAX_LENGTH, false);
    if (*bytes != NULL)
        return INSN_MAX_LENGTH;
    *bytes = buffer;
    rest = PAGE_SIZE - *address % PAGE_SIZE;
    if (copy_from_guest(pv, buffer, *address, INSN_MAX_LENGTH) == 0)
        return INSN_MAX_LENGTH;
    return rest < INSN_MAX_LENGTH && copy_from_guest(pv, buffer, *address, rest) == 0 ? rest : 0;
}

/* The emulated instruction is done; if the guest steps, its #DB comes now (SDM vol. 3 section 17.3.1.4). */
static void instruction_end(struct pv_vcpu *pv, uint32_t length)
{
    struct trap_frame *frame = pv->vcpu->frame;

    frame->eip += length;
    if (!(frame->eflags & EFLAGS_TF))
        return;
    pv->debug[6] |= DR6_BS; /* a step, not a breakpoint */
    bounce_exception(pv, VECTOR_DB, 0);
}

/* The decoded instruction, if it is in the table and this ring may have it. False: the #GP stands. */
static bool insn_execute(struct pv_vcpu *pv, const struct insn *insn)
{
    enum pv_outcome outcome;

    if (instructions[insn->op] == NULL || (!pv_in_kernel(pv->vcpu->frame) && !is_for_programs(insn->op)))
        return false;
    outcome = instructions[insn->op](pv, insn);
    if (outcome == PV_DONE)
        instruction_end(pv, insn->length);
    return outcome != PV_REFUSED;
}

/*
 * Called for #GP(0) from any ring but 0. The bytes are read once, into a decoded form, and nothing looks at memory
 * again: another vcpu of the guest may be rewriting them. What the decoder does not know is not emulated, whatever it
 * may be: then the #GP was about something else, a segment limit perhaps, and is the guest's to handle.
 */
bool pv_emulate(struct pv_vcpu *pv)
{
    uint8_t buffer[INSN_MAX_LENGTH];
    const uint8_t *bytes = NULL;
    uint32_t address, count = fetch(pv, buffer, &bytes, &address);
    struct insn insn;

    switch (decode(bytes, count, code_size(pv, pv->vcpu->frame->cs), &insn)) {
    case DECODE_OK:
        return insn_execute(pv, &insn);
    case DECODE_MORE:
        if (count == INSN_MAX_LENGTH)
            return false;
        bounce_page_fault(pv, FETCH_ERROR, address + count);
        return true;
    case DECODE_INVALID:
        bounce_exception(pv, VECTOR_UD, 0); /* the CPU's #GP came first, but it was never an instruction */
        return true;
    case DECODE_REFUSED:
        break;
    }
    return false;
}

/*
 * UD2, "xen", CPUID: seven bytes with which a guest asks for the hypervisor's answer (Xen public header xen-x86). CPUID
 * itself cannot be made to trap on most CPUs; UD2 always does. Kernels use it before they have a trap table, so it is
 * the first thing of all that must work (abi.md 1.10).
 */
bool pv_emulate_cpuid(struct pv_vcpu *pv)
{
    static const uint8_t forced[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
    struct trap_frame *frame = pv->vcpu->frame;
    uint8_t buffer[INSN_MAX_LENGTH];
    const uint8_t *bytes = NULL;
    uint32_t address, regs[4];

    if (fetch(pv, buffer, &bytes, &address) < sizeof(forced) || memcmp(bytes, forced, sizeof(forced)) != 0)
        return false;
    cpuid_policy(frame->eax, frame->ecx, regs);
    frame->eax = regs[0];
    frame->ebx = regs[1];
    frame->ecx = regs[2];
    frame->edx = regs[3];
    instruction_end(pv, sizeof(forced));
    return true;
}
