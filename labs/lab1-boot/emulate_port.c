/*
 * IN, OUT, INS and OUTS on virtual devices (floor 1, pure). A repeated string instruction does EMULATE_REP_BATCH
 * iterations and leaves EIP where it is, so it goes on at the guest's next turn: exactly as interruptible as the
 * real one, and no guest can keep the hypervisor busy with ECX = 2^32 - 1.
 *
 *      IN, OUT    AL, AX, EAX  <->  port imm8 or DX
 *      INS        ES:[E]DI     <-   port DX            one element of 1, 2 or 4 bytes; DF says which way
 *      OUTS       seg:[E]SI     ->  port DX            the index moves; REP counts [E]CX down to 0
 *
 * ports.c knows the devices; this file knows where the values come from and go to.
 */
#include "cpu.h"
#include "domain.h"
#include "emulate.h"
#include "exercise.h"


/* All 64 Ki ports by DX; the immediate form reaches the first 256 only. */
static uint16_t port_number(const struct bare *guest, const struct insn *insn)
{
    return insn->has_immediate ? insn->immediate : (uint16_t)guest->frame->edx;
}

/*
 * Exercise 1.5: IN and OUT between AL, AX or EAX (REG_AX, operand_size bytes) and port_number(). IN leaves the rest of
 * EAX alone; OUT goes through port_send(), because it may end the guest.
 */
fault_t emulate_in(struct bare *guest, const struct insn *insn)
{
    (void)port_number, (void)guest, (void)insn;
    EXERCISE("1.5");
}

/* An OUT can end the guest (the exit port). */
static fault_t port_send(struct bare *guest, uint32_t value, uint16_t port, unsigned size)
{
    port_write(guest, port, value, size);
    return domain_is_alive(guest->domain) ? FAULT_NONE : FAULT_STOPPED;
}

fault_t emulate_out(struct bare *guest, const struct insn *insn)
{
    (void)guest, (void)insn;
    EXERCISE("1.5");
}

/*
 * The memory is checked before the port is read: reading takes a byte out of a device, and on a fault it would be lost
 * to the handler that repeats the instruction. The destination is ES whatever prefix there is (SDM vol. 2, INS).
 */
static fault_t ins_once(struct bare *guest, const struct insn *insn)
{
    uint32_t offset = register_read(guest->frame, REG_DI, insn->address_size);
    uint8_t *bytes;
    fault_t fault = bare_access(guest, SEG_ES, offset, insn->operand_size, true, &bytes);

    if (fault != FAULT_NONE)
        return fault;
    /* The device is asked now that the byte has a place. */
    uint32_t value = port_read(guest, (uint16_t)guest->frame->edx, insn->operand_size);
    for (unsigned i = 0; i < insn->operand_size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    return FAULT_NONE;
}

/* The source may be overridden, unlike the destination of INS. The element is checked whole, not byte by byte. */
static fault_t outs_once(struct bare *guest, const struct insn *insn)
{
    uint32_t offset = register_read(guest->frame, REG_SI, insn->address_size), value = 0;
    uint8_t *bytes;
    fault_t fault = bare_access(guest, insn->segment, offset, insn->operand_size, false, &bytes);

    if (fault != FAULT_NONE)
        return fault;
    for (unsigned i = insn->operand_size; i-- > 0;)
        value = value << 8 | bytes[i];
    return port_send(guest, value, (uint16_t)guest->frame->edx, insn->operand_size);
}

/*
 * Exercise 1.5: INS and OUTS (SDM vol. 2, REP/REPE). `once` does one iteration, `index` is its register, REG_SI or
 * REG_DI. Without REP one iteration; with REP as many as [E]CX says, perhaps none. Registers are address_size bytes
 * wide, and their upper halves stay. After each iteration the index moves by operand_size, down when the guest's DF is
 * set, and with REP the count goes down by one. A fault of `once` is returned at once; the iterations before it stay
 * done. At most EMULATE_REP_BATCH iterations; only when none is left EIP moves on, else the guest comes here again.
 */
static fault_t string(struct bare *guest, const struct insn *insn, unsigned index,
                      fault_t (*once)(struct bare *guest, const struct insn *insn))
{
    (void)guest, (void)insn, (void)index, (void)once;
    EXERCISE("1.5");
}

/* The rows of emulate.c's table. Both say themselves where EIP goes (sets_eip). */
fault_t emulate_ins(struct bare *guest, const struct insn *insn)
{
    return string(guest, insn, REG_DI, ins_once);
}

fault_t emulate_outs(struct bare *guest, const struct insn *insn)
{
    return string(guest, insn, REG_SI, outs_once);
}
