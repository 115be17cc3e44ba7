/*
 * Carrying out privileged instructions on the virtual CPU (floor 1, pure). The real CPU is never touched: CLI clears
 * a bool, OUT calls a device in this program.
 *
 * One handler per operation, found by table. Handlers see EIP at the instruction; emulate() moves it on afterwards,
 * unless the handler is one of the few that set it (IRET, INT, a REP that is not finished).
 *
 *      insn->op -> operations[op] -> is_permitted? -> execute(guest, insn) -> EIP += length
 *                                      no: #GP(0)       a fault: EIP stays, bare_trap.c delivers the exception
 *
 * Called by bare_trap.c for each #GP that decode() could make sense of, and by the tests with an array for memory.
 */
#include "emulate.h"
#include <stddef.h>
#include "cpu.h"
#include "domain.h"
#include "exercise.h"

/* From the numbers of the encodings to the order of PUSHA, which is another. Bytes: the struct is that small. */
const uint8_t register_offsets[8] = {
    offsetof(struct trap_frame, eax), offsetof(struct trap_frame, ecx), offsetof(struct trap_frame, edx),
    offsetof(struct trap_frame, ebx), offsetof(struct trap_frame, esp), offsetof(struct trap_frame, ebp),
    offsetof(struct trap_frame, esi), offsetof(struct trap_frame, edi),
};

/* As MOV to a part of a register: the rest of it keeps its value. There is no AH to BH here: size 1 is always AL. */
void register_write(struct trap_frame *frame, unsigned reg, unsigned size, uint32_t value)
{
    uint32_t *slot = register_slot(frame, reg), mask = size_mask(size);

    *slot = (*slot & ~mask) | (value & mask);
}

/*
 * Exercise 1.4, in this file, emulate_system.c and emulate_table.c. Here: the offset of a memory operand, which is
 * displacement + base + index * scale with what there is of them, cut to address_size bytes (SDM vol. 1 section 3.7.5).
 */
uint32_t operand_offset(const struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    const struct insn_rm *rm = &insn->rm;
    uint32_t offset = rm->displacement;

    if (rm->base != REG_NONE)
        offset += register_read(guest->frame, rm->base, 4);
    if (rm->index != REG_NONE)
        offset += register_read(guest->frame, rm->index, 4) * rm->scale;
    return offset & size_mask(insn->address_size);
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/* An r/m operand of `size` bytes, zero-extended. Memory is little endian: the last byte is the most significant. */
fault_t operand_read(struct bare *guest, const struct insn *insn, unsigned size, uint32_t *value)
{
    uint8_t *bytes;

    if (!insn->rm.is_memory) {
        *value = register_read(guest->frame, insn->rm.reg, size);
        return FAULT_NONE;
    }
    fault_t fault = bare_access(guest, insn->rm.segment, operand_offset(guest, insn), size, false, &bytes);
    if (fault != FAULT_NONE)
        return fault;
    *value = 0;
    while (size-- > 0)
        *value = *value << 8 | bytes[size];
    return FAULT_NONE;
}

/*
 * Exercise 1.4: CLI, STI, HLT. Privilege is settled and emulate() moves EIP on, so only the virtual IF (`interrupts`)
 * and its companions are to be thought of. CLI and STI ask for IOPL, not for ring 0 (SDM vol. 2).
 */
static fault_t emulate_cli(struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    (void)insn;
    guest->interrupts = false;
    return FAULT_NONE;
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/*
 * Exercise 1.4: when IF was clear before, no interrupt may come until the instruction behind STI is done: note that in
 * is_shadowed and shadow_eip (bare.h). When it was set already, there is nothing to note.
 */
static fault_t emulate_sti(struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    if (!guest->interrupts) {
        guest->is_shadowed = true; /* STI; HLT must not lose the interrupt in between */
        guest->shadow_eip = guest->frame->eip + insn->length;
    }
    guest->interrupts = true;
    return FAULT_NONE;
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/*
 * Exercise 1.4: with IF set the guest waits (is_halted; the caller does the rest). With IF clear nothing could ever
 * wake it: it has ended by itself with status 0, domain_end(), and the result is FAULT_STOPPED.
 */
static fault_t emulate_hlt(struct bare *guest, const struct insn *insn)
{
#ifdef SOLUTION
    (void)insn;
    if (!guest->interrupts) {
        domain_end(guest->domain, 0); /* nothing can ever wake it */
        return FAULT_STOPPED;
    }
    guest->is_halted = true;
    return FAULT_NONE;
#else
    (void)guest, (void)insn;
    EXERCISE("1.4");
#endif
}

/* INVLPG, WBINVD, INVD: with paging off there is no TLB to flush, and caches are the machine's business. */
static fault_t emulate_nothing(struct bare *guest, const struct insn *insn)
{
    (void)guest;
    (void)insn;
    return FAULT_NONE;
}

/* The operand size decides how many bytes each popped word has; an IRET in 32-bit code with prefix 66 pops 16 bits. */
static fault_t emulate_iret(struct bare *guest, const struct insn *insn)
{
    return bare_iret(guest, insn->operand_size);
}

/*
 * It came as #GP because our gates have DPL 0. Whether the guest's own gate lets the guest's ring through is decided
 * in the delivery, as on the machine. The exception it may end in is the guest's matter too, so this cannot fail.
 */
static fault_t emulate_int(struct bare *guest, const struct insn *insn)
{
    struct bare_event event = { EVENT_SOFTWARE, insn->immediate, 0, guest->frame->eip + insn->length };

    bare_deliver(guest, event);
    return domain_is_alive(guest->domain) ? FAULT_NONE : FAULT_STOPPED;
}

/* What an instruction asks of the ring that executes it (SDM vol. 2: its "Protected Mode Exceptions"). */
enum privilege { ANY_RING, NEEDS_IOPL, NEEDS_RING0 };

/* One row: what carries the operation out, and under which conditions. */
struct operation {
    fault_t (*execute)(struct bare *guest, const struct insn *insn); /* must change nothing when it faults */
    uint8_t privilege; /* enum privilege, of the virtual ring */
    bool sets_eip;     /* the handler leaves EIP where the guest goes on */
};

/* By enum insn_op; the decoder gives no other number. LLDT and others that are not here are refused by the decoder. */
static const struct operation operations[INSN_OP_COUNT] = {
    /* IOPL is for rings that a kernel trusts with the devices; the rest is the kernel's alone. */
    [INSN_CLI] = { emulate_cli, NEEDS_IOPL, false },
    [INSN_STI] = { emulate_sti, NEEDS_IOPL, false },
    [INSN_HLT] = { emulate_hlt, NEEDS_RING0, false },
    [INSN_IN] = { emulate_in, NEEDS_IOPL, false },
    [INSN_OUT] = { emulate_out, NEEDS_IOPL, false },
    [INSN_INS] = { emulate_ins, NEEDS_IOPL, true },
    [INSN_OUTS] = { emulate_outs, NEEDS_IOPL, true },
    [INSN_LGDT] = { emulate_lgdt, NEEDS_RING0, false },
    [INSN_LIDT] = { emulate_lidt, NEEDS_RING0, false },
    [INSN_LTR] = { emulate_ltr, NEEDS_RING0, false },
    [INSN_LMSW] = { emulate_lmsw, NEEDS_RING0, false },
    [INSN_MOV_FROM_CR] = { emulate_cr_read, NEEDS_RING0, false },
    [INSN_MOV_TO_CR] = { emulate_cr_write, NEEDS_RING0, false },
    [INSN_MOV_FROM_DR] = { emulate_dr_read, NEEDS_RING0, false },
    [INSN_MOV_TO_DR] = { emulate_dr_write, NEEDS_RING0, false },
    [INSN_CLTS] = { emulate_clts, NEEDS_RING0, false },
    [INSN_INVLPG] = { emulate_nothing, NEEDS_RING0, false },
    [INSN_INVD] = { emulate_nothing, NEEDS_RING0, false },
    [INSN_WBINVD] = { emulate_nothing, NEEDS_RING0, false },
    [INSN_RDMSR] = { emulate_rdmsr, NEEDS_RING0, false },
    [INSN_WRMSR] = { emulate_wrmsr, NEEDS_RING0, false },
    /* Those below check privilege themselves: what they may do depends on selectors and gates. */
    [INSN_IRET] = { emulate_iret, ANY_RING, true },
    [INSN_INT] = { emulate_int, ANY_RING, true },
    [INSN_MOV_TO_SS] = { emulate_mov_to_ss, ANY_RING, false },
    [INSN_POP_SS] = { emulate_pop_ss, ANY_RING, false },
    [INSN_LSS] = { emulate_lss, ANY_RING, false },
};

/*
 * Exercise 1.4: may the guest's current ring do this? Both its kernel and its programs run in the real ring 3, so only
 * the virtual ring tells them apart. NEEDS_RING0: ring 0. NEEDS_IOPL: a ring not above the virtual IOPL. ANY_RING: yes.
 */
static bool is_permitted(const struct bare *guest, const struct operation *operation)
{
#ifdef SOLUTION
    switch (operation->privilege) {
    case NEEDS_RING0:
        return guest->ring == 0;
    case NEEDS_IOPL:
        return guest->ring <= guest->iopl; /* no I/O bitmap: the guest's TSS is taken to have none */
    default:
        return true;
    }
#else
    (void)guest, (void)operation;
    EXERCISE("1.4");
#endif
}

/* Permission before anything else: an operand that is not even readable must not win over #GP(0). */
fault_t emulate(struct bare *guest, const struct insn *insn)
{
    const struct operation *operation = &operations[insn->op];

    if (!is_permitted(guest, operation))
        return FAULT(VECTOR_GP, 0);
    fault_t fault = operation->execute(guest, insn);
    if (fault == FAULT_NONE && !operation->sets_eip)
        guest->frame->eip += insn->length;
    return fault;
}
